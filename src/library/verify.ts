import { readFileSync } from "node:fs";
import { decodeDeathTally, MAX_DEATHS } from "../formats/death-tally.ts";
import { decodeStatus, encodeStatus, type ServiceStatus } from "../formats/status.ts";
import { rebuildTally } from "../store/projections/death-tally.ts";
import { lastStatus } from "../store/projections/status.ts";
import type { HistoryOf } from "./histories.ts";

export interface Difference {
  readonly service: string;
  readonly file: "supervise/status" | "supervise/death_tally";
  readonly text: string;
}

/** Where the files of a service say something else than its journal. */
export function differencesOf({ name, servicedir, reader, id }: HistoryOf): Difference[] {
  if (servicedir === undefined) return [];
  const found: Difference[] = [];
  const expected = lastStatus(reader.records(id));
  const bytes = contentOf(`${servicedir}/supervise/status`);
  const actual = bytes === undefined ? undefined : decodeStatus(bytes);
  if (expected !== undefined && (actual === undefined || !Buffer.from(encodeStatus(expected)).equals(encodeStatus(actual)))) {
    found.push({ service: name, file: "supervise/status", text: actual === undefined ? "is missing or too short" : difference(expected, actual) });
  }
  const tally = decodeDeathTally(contentOf(`${servicedir}/supervise/death_tally`) ?? new Uint8Array());
  const recorded = rebuildTally(reader.records(id), MAX_DEATHS);
  // The file may be shorter: s6-svdt-clear, max-death-tally. It must not know deaths that the journal does not.
  const known = new Set(recorded.map((death) => JSON.stringify(death)));
  const strange = (tally ?? []).filter((death) => !known.has(JSON.stringify(death)));
  if (tally === undefined) found.push({ service: name, file: "supervise/death_tally", text: "is corrupt" });
  else if (strange.length > 0) {
    found.push({ service: name, file: "supervise/death_tally", text: `knows ${strange.length} deaths that are not in the journal` });
  } else if (tally.length > 0 && tally.at(-1)?.at !== recorded.at(-1)?.at) {
    found.push({ service: name, file: "supervise/death_tally", text: "lacks the last death" });
  }
  return found;
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function difference(expected: ServiceStatus, actual: ServiceStatus): string {
  const fields = (Object.keys(expected) as (keyof ServiceStatus)[]).filter((field) => expected[field] !== actual[field]);
  return fields.map((field) => `${field} is ${String(actual[field])}, by the journal ${String(expected[field])}`).join("; ");
}
