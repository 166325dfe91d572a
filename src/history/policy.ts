import { parseSignal } from "../formats/signals.ts";
import { parseUint } from "../formats/uint.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import type { LivedFact } from "../machines/supervise/replay.ts";
import { step, type SuperviseState } from "../machines/supervise/step.ts";

/** What the files of a service directory could have said instead. Milliseconds, a signal number, a number of deaths. */
export interface Policy {
  readonly timeoutKill?: number;
  readonly timeoutFinish?: number;
  readonly downSignal?: number;
  readonly maxDeaths?: number;
  readonly killGroup?: boolean;
}

/**
 * `timeout-kill=3000,down-signal=INT`: the files by their names, as a service directory has them.
 * @throws SyntaxError that says which word is wrong
 */
export function parsePolicy(text: string): Policy {
  const policy: { -readonly [Name in keyof Policy]: Policy[Name] } = {};
  for (const word of text.split(",")) {
    const [name, value = ""] = word.split("=", 2);
    const number = parseUint(value);
    const signal = parseSignal(value);
    if (name === "timeout-kill" && number !== undefined) policy.timeoutKill = number;
    else if (name === "timeout-finish" && number !== undefined) policy.timeoutFinish = number;
    else if (name === "max-death-tally" && number !== undefined) policy.maxDeaths = number;
    else if (name === "down-signal" && signal !== undefined) policy.downSignal = signal;
    else if (name === "flag-timeout-killpg" && (value === "yes" || value === "no")) policy.killGroup = value === "yes";
    else throw new SyntaxError(`invalid policy: ${word}`);
  }
  return policy;
}

/** The fact as it would have been: what the files said is part of it. */
function under(policy: Policy, fact: Fact): Fact {
  const { timeoutKill, timeoutFinish, downSignal, maxDeaths, killGroup } = policy;
  switch (fact.type) {
    case "control.down":
    case "control.downDisable":
    case "signal.term": {
      if (fact.stop === undefined) return fact;
      return { ...fact, stop: { signal: downSignal ?? fact.stop.signal, killAfterMs: timeoutKill ?? fact.stop.killAfterMs } };
    }
    case "control.restart":
      return fact.signal === undefined || downSignal === undefined ? fact : { ...fact, signal: downSignal };
    case "run.died":
      return maxDeaths === undefined ? fact : { ...fact, maxDeaths };
    case "finish.spawned":
      return timeoutFinish === undefined ? fact : { ...fact, timeoutMs: timeoutFinish };
    case "deadline.reached":
      return killGroup === undefined || fact.killGroup === undefined ? fact : { ...fact, killGroup };
    default:
      return fact;
  }
}

/** A decision that would have been another one. */
export interface OtherDecision {
  readonly fact: Fact;
  readonly recorded: Omit<LivedFact, "fact">;
  readonly instead: Omit<LivedFact, "fact">;
}

/** What would have been decided otherwise at each fact, from the state that really was: one difference does not breed others. */
export function* otherDecisions(state: SuperviseState, facts: Iterable<LivedFact>, policy: Policy): Generator<OtherDecision> {
  let current = state;
  for (const { fact, state: recordedState, effects } of facts) {
    const changed = under(policy, fact);
    if (changed !== fact) {
      const instead = step(current, changed);
      if (JSON.stringify(instead.effects) !== JSON.stringify(step(current, fact).effects)) {
        yield { fact, recorded: { state: recordedState, effects }, instead: { state: instead.state.state, effects: instead.effects } };
      }
    }
    current = step(current, fact).state;
  }
}
