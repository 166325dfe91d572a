import { restore, step, type SuperviseState } from "../machines/supervise/step.ts";
import { type JournalRecord, snapshotIn } from "../store/journal-record.ts";

/** The supervisor's state after these records; undefined when it is not known: nothing recorded, or a hole since. */
export function lastState(records: Iterable<JournalRecord>): SuperviseState | undefined {
  let state: SuperviseState | undefined;
  for (const record of records) state = stateAfter(state, record);
  return state;
}

/** undefined, too, when the machine of today refuses what was recorded. */
export function stateAfter(state: SuperviseState | undefined, record: JournalRecord): SuperviseState | undefined {
  try {
    if (record.kind === "fact") return state === undefined ? undefined : step(state, record.fact).state;
    const snapshot = snapshotIn(record);
    return snapshot === null ? undefined : restore(snapshot);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
