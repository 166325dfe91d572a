import type { ServiceStatus } from "../../formats/status.ts";
import type { JournalRecord } from "../journal-record.ts";

/** supervise/status as the recorded orders left it; undefined when none was to write it. */
export function lastStatus(records: Iterable<JournalRecord>): ServiceStatus | undefined {
  let status: ServiceStatus | undefined;
  for (const record of records) {
    if (record.kind === "checkpoint") status = record.status ?? undefined;
    if (record.kind !== "fact") continue;
    for (const effect of record.effects) if (effect.type === "writeStatus") status = effect.status;
  }
  return status;
}
