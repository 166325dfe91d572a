import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { JournalError } from "../store/journal-error.ts";
import { JournalReader } from "../store/journal-reader.ts";
import { hasJournal, type JournalPointer, journalPlaces, readPointer } from "../store/pointer.ts";

/** One service whose history somebody wants. */
export interface HistoryOf {
  readonly name: string;
  /** undefined for a service that has no directory any more, or is known by the journal alone. */
  readonly servicedir: string | undefined;
  readonly reader: JournalReader;
  readonly id: number;
}

/** Readers by their directories: each journal is opened once. */
export class Readers {
  readonly #readers = new Map<string, JournalReader>();

  /** @throws JournalError as JournalReader.open */
  open(dir: string): JournalReader {
    const reader = this.#readers.get(dir) ?? JournalReader.open(dir);
    this.#readers.set(dir, reader);
    return reader;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
  }
}

function journalOf(servicedir: string, pointer: JournalPointer, readers: Readers): JournalReader {
  for (const dir of journalPlaces(servicedir, pointer).filter(hasJournal)) {
    const reader = readers.open(dir);
    if (reader.uuid === pointer.uuid) return reader;
  }
  readers.open(pointer.dir); // knows what is wrong there
  throw new JournalError("ESTALE", servicedir, `its history is not in ${pointer.dir} any more`);
}

/**
 * The histories that a path means: a service directory is itself, a scan directory or a journal is all its services.
 * @throws JournalError: ENOENT for what has no history, ESTALE when its journal is another one now, and as the reader
 */
export function historiesAt(path: string, readers: Readers): HistoryOf[] {
  const pointer = readPointer(path);
  if (pointer !== undefined) {
    return [{ name: basename(path), servicedir: path, reader: journalOf(path, pointer, readers), id: pointer.id }];
  }
  for (const dir of [path, join(path, ".s6-svscan", "journal")]) {
    if (!hasJournal(dir)) continue;
    const reader = readers.open(dir);
    return reader.services().map(({ id, name, path: home }) => ({ name, servicedir: existsSync(home) ? home : undefined, reader, id }));
  }
  // A scan directory whose journal lies elsewhere: its services know where.
  if (existsSync(join(path, ".s6-svscan"))) {
    const names = readdirSync(path).filter((name) => !name.startsWith(".")).flatMap((name) => [name, `${name}/log`]);
    const found = names.flatMap((name) => {
      const there = readPointer(join(path, name));
      return there === undefined ? [] : [{ name, servicedir: join(path, name), reader: readers.open(there.dir), id: there.id }];
    });
    if (found.length > 0) return found;
  }
  if (existsSync(join(path, "supervise", "death_tally"))) {
    throw new JournalError("ENOENT", path, "there is none: only another s6-supervise ran there, which keeps none (s6-svdt shows its deaths)");
  }
  throw new JournalError("ENOENT", path, "there is none: neither a service directory nor a scan directory that ever ran");
}
