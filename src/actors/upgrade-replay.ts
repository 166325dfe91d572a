import { isUnbegun } from "../store/journal-error.ts";
import { JournalReader } from "../store/journal-reader.ts";
import { replayHistory } from "../store/replay.ts";

/** Half a second's worth: an upgrade must not wait for a year of history. */
const FACTS_MAX = 50_000;

/** What this version would have decided otherwise than what is recorded: the first such decision, in words. */
export function differenceFrom(journalDir: string | null): string | null {
  const reader = journalDir === null ? undefined : readerOf(journalDir);
  if (reader === undefined) return null;
  try {
    let facts = 0;
    for (const { id, name } of reader.services()) {
      const difference = differenceIn(reader, id);
      if (typeof difference === "string") return `it would decide otherwise than what is recorded of ${name}, ${difference}`;
      facts += difference;
      if (facts > FACTS_MAX) break;
    }
    return null;
  } finally {
    void reader.close();
  }
}

/** undefined: nothing was recorded there yet. */
function readerOf(journalDir: string): JournalReader | undefined {
  try {
    return JournalReader.open(journalDir);
  } catch (error) {
    if (isUnbegun(error)) return undefined;
    throw error;
  }
}

/** How many facts agree, or what is different. */
function differenceIn(reader: JournalReader, id: number): number | string {
  try {
    const result = replayHistory(reader.history(id));
    if (result.type === "same") return result.facts;
    const { sequence, divergence } = result.found;
    return `record ${sequence}, ${divergence.fact.type} (s6-replay tells more)`;
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
