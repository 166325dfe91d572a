import { type Tain, tainToUnix } from "../formats/tain.ts";
import { parseMoment } from "../history/time-spec.ts";
import { historiesAt, type HistoryOf, Readers } from "../library/histories.ts";
import { JournalError } from "../store/journal-error.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError } from "./failures.ts";

/** The value of --since and the like. @throws ExitError 100 */
export function momentOf(sys: Sys, text: string): Tain {
  const at = parseMoment(text, tainToUnix(sys.now()));
  if (at === undefined) throw new ExitError(100, `invalid time: ${text}`);
  return at;
}

/** The histories that these words mean. @throws ExitError 111 for what has none */
export function historiesOf(words: readonly string[]): HistoryOf[] {
  const readers = new Readers();
  return words.flatMap((word) => {
    try {
      return historiesAt(word, readers);
    } catch (error) {
      if (error instanceof JournalError) throw new ExitError(111, `unable to read the history of ${word}: ${error.message}`);
      throw error;
    }
  });
}
