import type { LivedFact } from "../machines/supervise/replay.ts";
import type { SuperviseState } from "../machines/supervise/step.ts";
import { type JournalRecord, snapshotIn } from "./journal-record.ts";

/** A history as a file that people can read and compare: one record a line, as JSON, in the order of its sequence. */
export const exportHistory = (records: Iterable<JournalRecord>): string =>
  Array.from(records, (record) => `${JSON.stringify(record)}\n`).join("");

export interface ExportedLife {
  /** undefined: facts whose beginning is not there, or that stand behind a hole. */
  readonly snapshot: SuperviseState | undefined;
  readonly facts: LivedFact[];
}

/** @throws SyntaxError for a line that is no record */
export function parseExport(text: string): ExportedLife[] {
  const lives: ExportedLife[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const record = parseRecord(line, index + 1);
    if (record.kind !== "fact") lives.push({ snapshot: snapshotIn(record) ?? undefined, facts: [] });
    else {
      if (lives.length === 0) lives.push({ snapshot: undefined, facts: [] });
      lives.at(-1)?.facts.push(record);
    }
  }
  return lives;
}

function parseRecord(line: string, number: number): JournalRecord {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`line ${number} is not JSON`, { cause: error });
  }
  const kind = typeof record === "object" && record !== null && "kind" in record ? record.kind : undefined;
  if (kind !== "fact" && kind !== "start" && kind !== "adopt" && kind !== "gap" && kind !== "checkpoint") throw new SyntaxError(`line ${number} is no record`);
  return record as JournalRecord;
}
