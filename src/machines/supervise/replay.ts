import type { StartInput } from "./context.ts";
import type { Effect } from "./effects.ts";
import type { Fact } from "./facts.ts";
import { start, stateName, step, type SuperviseState } from "./step.ts";

/** One fact as it was lived: what it led to and what was done about it. */
export interface LivedFact {
  readonly fact: Fact;
  /** stateName() after the fact. */
  readonly state: string;
  readonly effects: readonly Effect[];
}

/** The machine of today decides otherwise than the one that wrote the record, or the record is damaged. */
export interface Divergence {
  readonly index: number;
  readonly fact: Fact;
  readonly expected: Omit<LivedFact, "fact">;
  /** refused: the machine says that this fact can't be. */
  readonly actual: Omit<LivedFact, "fact"> | { readonly refused: string };
}

/** Lives a whole history again. undefined when every fact leads where it led, with the same effects. */
export const replay = (input: StartInput, records: Iterable<LivedFact>): Divergence | undefined =>
  replayFrom(start(input), records);

/** The same for the rest of a history, from a state restored at some point of it. */
export function replayFrom(state: SuperviseState, records: Iterable<LivedFact>): Divergence | undefined {
  let current = state;
  let index = 0;
  for (const record of records) {
    const { fact } = record;
    const expected = { state: record.state, effects: record.effects };
    const next = attempt(current, fact);
    if ("refused" in next) return { index, fact, expected, actual: next };
    const actual = { state: stateName(next.state), effects: next.effects };
    if (actual.state !== expected.state || !isSame(actual.effects, expected.effects)) {
      return { index, fact, expected, actual };
    }
    current = next.state;
    index++;
  }
  return undefined;
}

function attempt(state: SuperviseState, fact: Fact): ReturnType<typeof step> | { readonly refused: string } {
  try {
    return step(state, fact);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { refused: error.message };
  }
}

/** Equality of plain data; the order of keys does not count, a codec may change it. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const entries = Object.entries(a);
  const other = new Map(Object.entries(b));
  if (entries.length !== other.size) return false;
  return entries.every(([key, value]) => other.has(key) && isSame(value, other.get(key)));
}
