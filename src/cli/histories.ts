import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Tain, tainToUnix } from "../formats/tain.ts";
import { parseMoment } from "../history/time-spec.ts";
import { JournalError } from "../store/journal-error.ts";
import { JournalReader } from "../store/journal-reader.ts";
import { readPointer } from "../store/pointer.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError } from "./failures.ts";

/** The value of --since and the like. @throws ExitError 100 */
export function momentOf(sys: Sys, text: string): Tain {
  const at = parseMoment(text, tainToUnix(sys.now()));
  if (at === undefined) throw new ExitError(100, `invalid time: ${text}`);
  return at;
}

/** One service whose history somebody wants. */
export interface HistoryOf {
  readonly name: string;
  /** undefined for a service that has no directory any more, or is known by the journal alone. */
  readonly servicedir: string | undefined;
  readonly reader: JournalReader;
  readonly id: number;
}

/**
 * The histories that these words mean: a service directory is itself, a scan directory or a journal is all its services.
 * @throws ExitError 111 for what has no history
 */
export function historiesOf(words: readonly string[]): HistoryOf[] {
  const readers = new Map<string, JournalReader>();
  const open = (dir: string): JournalReader => {
    const reader = readers.get(dir) ?? JournalReader.open(dir);
    readers.set(dir, reader);
    return reader;
  };
  return words.flatMap((word) => {
    try {
      return historiesIn(word, open);
    } catch (error) {
      if (error instanceof JournalError) throw new ExitError(111, `unable to read the history of ${word}: ${error.message}`);
      throw error;
    }
  });
}

function historiesIn(word: string, open: (dir: string) => JournalReader): HistoryOf[] {
  const pointer = readPointer(word);
  if (pointer !== undefined) {
    if (open(pointer.dir).uuid !== pointer.uuid) throw new ExitError(111, `unable to read the history of ${word}: it is not in ${pointer.dir} any more`);
    return [{ name: basename(word), servicedir: word, reader: open(pointer.dir), id: pointer.id }];
  }
  for (const dir of [word, join(word, ".s6-svscan", "journal")]) {
    if (!existsSync(join(dir, "data.mdb"))) continue;
    const reader = open(dir);
    return reader.services().map(({ id, name, path }) => ({ name, servicedir: existsSync(path) ? path : undefined, reader, id }));
  }
  // A scan directory whose journal lies elsewhere: its services know where.
  if (existsSync(join(word, ".s6-svscan"))) {
    const names = readdirSync(word).filter((name) => !name.startsWith(".")).flatMap((name) => [name, `${name}/log`]);
    const found = names.flatMap((name) => {
      const there = readPointer(join(word, name));
      return there === undefined ? [] : [{ name, servicedir: join(word, name), reader: open(there.dir), id: there.id }];
    });
    if (found.length > 0) return found;
  }
  if (existsSync(join(word, "supervise", "death_tally"))) {
    throw new ExitError(111, `${word} has no journal: only another s6-supervise ran there (s6-svdt shows its deaths)`);
  }
  throw new ExitError(111, `${word} has no journal: it is neither a service directory nor a scan directory that ever ran`);
}
