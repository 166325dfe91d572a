import type { Definition } from "../formats/definition.ts";
import type { JournalRecord } from "../store/journal-record.ts";

/** What the service was by its files when it was started, or should have been, the last time; undefined = not recorded. */
export function lastDefinition(records: Iterable<JournalRecord>): Definition | undefined {
  let definition: Definition | undefined;
  for (const record of records) {
    if (record.kind === "fact") definition = record.fact.definition ?? definition;
    else if (record.kind === "checkpoint") definition = record.definition;
  }
  return definition;
}
