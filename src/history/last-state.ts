import { restore, step, type SuperviseState } from "../machines/supervise/step.ts";
import type { GapRecord, JournalRecord } from "../store/journal-record.ts";

/** The supervisor's state after these records; undefined when it is not known: nothing recorded, or a hole since. */
export function lastState(records: Iterable<JournalRecord>): SuperviseState | undefined {
  let state: SuperviseState | undefined;
  for (const record of records) {
    if (record.kind === "gap") state = undefined;
    else state = next(state, record);
  }
  return state;
}

/** undefined: the machine of today refuses what was recorded. */
function next(state: SuperviseState | undefined, record: Exclude<JournalRecord, GapRecord>): SuperviseState | undefined {
  try {
    if (record.kind !== "fact") return restore(record.snapshot);
    return state === undefined ? undefined : step(state, record.fact).state;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
