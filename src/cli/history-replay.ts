import { effectInWords, factInWords } from "../history/effect-words.ts";
import { localTime } from "../history/words.ts";
import type { LivedFact } from "../machines/supervise/replay.ts";
import type { Found, ReplayResult } from "../store/replay.ts";

/** How a replay is told to people. */
export function describeReplay(name: string, result: ReplayResult): string[] {
  const { lives, facts, skipped, holes } = result;
  const missing = holes === 0 ? "" : `; ${holes} holes${skipped === 0 ? "" : `, behind which ${skipped} facts were skipped`}`;
  if (result.type === "same") return [`${name}: ${facts} facts of ${lives} lives agree${missing}`];
  return [`${name}: differs after ${facts} facts that agree${missing}`, ...describeFound(result.found)];
}

function describeFound({ sequence, at, state, before, divergence }: Found): string[] {
  const { fact, expected, actual } = divergence;
  const nowMs = fact.ms;
  return [
    ...before.map((record) => `    ${localTime(record.fact.at)}  ${factInWords(record.fact)} -> ${record.state}`),
    `  > ${localTime(at)}  ${factInWords(fact)}   (record ${sequence}, in state ${state})`,
    ...("refused" in actual ? [...side("- ", expected, nowMs), `    + refused: ${actual.refused}`] : differences(expected, actual, nowMs)),
  ];
}

type Decision = Omit<LivedFact, "fact">;

const side = (mark: string, { state, effects }: Decision, nowMs: number): string[] =>
  [`-> ${state}`, ...effects.map((effect) => effectInWords(effect, nowMs))].map((line) => `    ${mark}${line}`);

/** Line by line: `- ` was recorded, `+ ` is decided now. */
export function differences(recorded: Decision, now: Decision, nowMs: number): string[] {
  const [old, fresh] = [side("", recorded, nowMs), side("", now, nowMs)].map((lines) => lines.map((line) => line.trim()));
  return lineDiff(old ?? [], fresh ?? []).map((line) => `    ${line}`);
}

/** By their longest common subsequence; lists of effects are short. */
function lineDiff(old: readonly string[], fresh: readonly string[]): string[] {
  const [first, ...oldRest] = old;
  const [other, ...freshRest] = fresh;
  if (first === undefined) return fresh.map((line) => `+ ${line}`);
  if (other === undefined) return old.map((line) => `- ${line}`);
  if (first === other) return [`  ${first}`, ...lineDiff(oldRest, freshRest)];
  const [without, within] = [lineDiff(oldRest, fresh), lineDiff(old, freshRest)];
  const same = (lines: readonly string[]): number => lines.filter((line) => line.startsWith("  ")).length;
  return same(without) >= same(within) ? [`- ${first}`, ...without] : [`+ ${other}`, ...within];
}
