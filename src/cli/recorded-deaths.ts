import type { Death } from "../formats/death-tally.ts";
import type { Tain } from "../formats/tain.ts";
import { JournalError } from "../store/journal-error.ts";
import { JournalReader } from "../store/journal-reader.ts";
import { deathsIn } from "../store/projections/death-tally.ts";

/** Deaths from `since` on by the journal of a service, oldest first; none without a journal that can be read. */
export function recordedDeathsSince(servicedir: string, since: Tain): Death[] {
  try {
    const { reader, id } = JournalReader.openService(servicedir);
    const deaths = [...deathsIn(reader.records(id, { from: reader.firstSince(id, since) }))].filter(({ at }) => at >= since);
    void reader.close();
    return deaths;
  } catch (error) {
    if (error instanceof JournalError) return [];
    throw error;
  }
}
