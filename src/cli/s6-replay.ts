import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { factInWords } from "../history/effect-words.ts";
import { type OtherDecision, otherDecisions, parsePolicy, type Policy } from "../history/policy.ts";
import { localTime } from "../history/words.ts";
import type { Damage, ReadRecord } from "../store/journal-reader.ts";
import { nameInExport, readExport } from "../store/export.ts";
import { livesOf, replayHistory } from "../store/replay.ts";
import { ExitError, UsageError } from "./failures.ts";
import { historiesOf } from "./histories.ts";
import { describeReplay, differences } from "./history-replay.ts";
import { joinValues, parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** Of one service, from a journal or from an export. */
interface Recorded {
  readonly name: string;
  history(): Iterable<ReadRecord | Damage>;
}

const OTHERS_SHOWN = 3;

export const s6replay: Program = {
  name: "s6-replay",
  synopsis: "s6-replay [ --json ] [ --under policy | --under version ] history... | journal servicedir...",
  help: `Lives recorded histories again with the machine of this version, and tells the first decision that comes out
otherwise, with what was before it. A history is a service directory, a scan directory, a journal, or a file that
s6-svhistory --export wrote. Services behind a scan directory or journal choose among its services.

  --json           one JSON object per history
  --under POLICY   what would have been decided otherwise, had the files said something else, such as
                   timeout-kill=3000,down-signal=INT: timeout-kill, timeout-finish, max-death-tally, down-signal,
                   flag-timeout-killpg=yes or no
  --under VERSION  let another version of this suite do it: the directory of its package, or its s6-replay

Exit codes: 0 everything agrees, 1 something differs, 100 wrong usage, 111 system error or no journal.`,
  main({ args, stdout }) {
    const { options, operands } = parseOptions(joinValues(args, ["--under"]), "", ["json"], ["under"]);
    if (operands.length === 0) throw new UsageError();
    const isJson = options.some(({ name }) => name === "json");
    const under = options.findLast(({ name }) => name === "under")?.value;
    if (under !== undefined && !under.includes("=")) return runVersion(under, [...(isJson ? ["--json"] : []), ...operands], stdout);

    const recorded = recordedAt(operands);
    const answers = recorded.map(under === undefined ? replayed : whatIf(policyIn(under)));
    stdout(answers.map(({ json, lines }) => `${isJson ? JSON.stringify(json) : lines.join("\n")}\n`).join(""));
    return answers.every(({ agrees }) => agrees) ? 0 : 1;
  },
};

interface Answer {
  readonly agrees: boolean;
  readonly json: object;
  readonly lines: readonly string[];
}

function recordedAt(operands: readonly string[]): Recorded[] {
  const [first = "", ...chosen] = operands;
  if (chosen.length > 0 && !isFile(first)) {
    const all = historiesOf([first]);
    const isChosen = ({ name, servicedir }: (typeof all)[number], word: string): boolean =>
      word === name || (servicedir !== undefined && existsSync(word) && realpathSync(word) === realpathSync(servicedir));
    if (all.length > 1 && chosen.every((word) => all.some((history) => isChosen(history, word)))) {
      return all.filter((history) => chosen.some((word) => isChosen(history, word))).map(ofJournal);
    }
  }
  return operands.flatMap((operand) => (isFile(operand) ? [ofExport(operand)] : historiesOf([operand]).map(ofJournal)));
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

const ofJournal = ({ name, reader, id }: ReturnType<typeof historiesOf>[number]): Recorded => ({ name, history: () => reader.history(id) });

function ofExport(path: string): Recorded {
  const text = readFileSync(path, "utf8");
  return { name: nameInExport(text) ?? path, history: () => readExport(text) };
}

function replayed({ name, history }: Recorded): Answer {
  const result = readable(name, () => replayHistory(history()));
  return { agrees: result.type === "same", json: { name, ...result }, lines: describeReplay(name, result) };
}

function whatIf(policy: Policy): (recorded: Recorded) => Answer {
  return ({ name, history }) => {
    const others: OtherDecision[] = readable(name, () => allOthers(history(), policy));
    const shown = others.slice(0, OTHERS_SHOWN).flatMap(({ fact, recorded, instead }) => [
      `  > ${localTime(fact.at)}  ${factInWords(fact)}`,
      ...differences(recorded, instead, fact.ms),
    ]);
    const more = others.length > OTHERS_SHOWN ? [`    and ${others.length - OTHERS_SHOWN} more`] : [];
    return { agrees: others.length === 0, json: { name, differing: others.length, others }, lines: [`${name}: ${others.length} decisions would differ`, ...shown, ...more] };
  };
}

function allOthers(history: Iterable<ReadRecord | Damage>, policy: Policy): OtherDecision[] {
  const found: OtherDecision[] = [];
  for (const { state, facts } of livesOf(history)) found.push(...otherDecisions(state, facts, policy));
  return found;
}

/** A file that is no export, and a life that begins in a state which the machine of today does not have, can't be lived. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new ExitError(111, `unable to replay ${name}: ${error.message}`);
    throw error;
  }
}

function policyIn(text: string): Policy {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExitError(100, error.message);
    throw error;
  }
}

function runVersion(version: string, words: readonly string[], stdout: (text: string) => void): number {
  const program = isFile(version) ? version : join(version, "bin", "s6-replay");
  try {
    stdout(execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: Number.POSITIVE_INFINITY }));
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || !("status" in error)) throw error;
    if (typeof error.status !== "number") throw new ExitError(111, `unable to run ${program}: ${error.message}`);
    if ("stdout" in error) stdout(String(error.stdout));
    return error.status;
  }
}
