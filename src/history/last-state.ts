import { restore, step, type SuperviseState } from "../machines/supervise/step.ts";
import type { JournalRecord } from "../store/journal-record.ts";

/** The supervisor's state after these records; undefined when it is not known: nothing recorded, or a hole since. */
export function lastState(records: Iterable<JournalRecord>): SuperviseState | undefined {
  let state: SuperviseState | undefined;
  for (const record of records) {
    if (record.kind === "gap") state = undefined;
    else if (record.kind !== "fact") state = restore(record.snapshot);
    else if (state !== undefined) state = next(state, record.fact);
  }
  return state;
}

/** undefined: the machine of today refuses what was recorded. */
function next(state: SuperviseState, fact: Parameters<typeof step>[1]): SuperviseState | undefined {
  try {
    return step(state, fact).state;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
