import { constants, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { readKey, toBufferKey } from "ordered-binary";
import type { Tain } from "../formats/tain.ts";
import { STAMP_END, stampIn } from "./codec.ts";
import { JournalError, toJournalError } from "./journal-error.ts";
import { inspectFile } from "./lmdb-file.ts";
import { type LmdbEntry, LmdbReader } from "./lmdb-reader.ts";

/** `facts`: [service id, sequence] → record; `tree`: [TREE_ID, sequence] → event of the scanner. */
export type Collection = "facts" | "tree";
export const COLLECTIONS: readonly Collection[] = ["facts", "tree"];
export type RecordKey = [owner: number, sequence: number];
export const TREE_ID = 0;
export const DATA = "data.mdb";

export type Entry = LmdbEntry<RecordKey>;

/** The records of a journal, read only: each call sees what is committed then. */
export class JournalFile {
  readonly #dir: string;
  readonly #fd: number;
  readonly #reader: LmdbReader<RecordKey>;
  /** Of data.mdb: another inode at the same path is another history. */
  readonly inode: number;

  /** The descriptor, of data.mdb, is the file's from now on. */
  constructor(dir: string, fd: number) {
    this.#dir = dir;
    this.#fd = fd;
    this.#reader = new LmdbReader(fd, decodeKey);
    this.inode = fstatSync(fd).ino;
  }

  /** @throws JournalError: ENOENT no journal, EEMPTY nothing recorded yet, MDB_INVALID not a journal, ETRUNCATED and MDB_CORRUPTED damaged, EACCES … */
  static open(dir: string): JournalFile {
    const file = new JournalFile(dir, openData(dir));
    try {
      if (file.#isThere()) return file;
      throw new JournalError("EEMPTY", dir, "nothing was recorded here yet");
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #isThere(): boolean {
    return fstatSync(this.#fd).size > 0 && COLLECTIONS.every((name) => this.#guarded(() => this.#reader.database(name)) !== undefined);
  }

  close(): void {
    this.#reader.close();
  }

  /** From this key on, to the end. What is committed meanwhile comes, too. @throws JournalError ETRUNCATED, MDB_CORRUPTED */
  *ascending(name: Collection, from: RecordKey): Generator<Entry> {
    for (let key = from; ; ) {
      const found = this.#guarded(() => inOrder(this.#reader.ascending(name, toBufferKey(key)), key, 1));
      const last = found.at(-1);
      if (last === undefined) return;
      yield* found;
      key = [last.key[0], last.key[1] + 1];
    }
  }

  /** Downwards from the last that is less than this key. @throws JournalError ETRUNCATED, MDB_CORRUPTED */
  *descending(name: Collection, below: RecordKey): Generator<Entry> {
    for (let key = below; ; ) {
      const found = this.#guarded(() => inOrder(this.#reader.descending(name, toBufferKey(key)), key, -1));
      const last = found.at(-1);
      if (last === undefined) return;
      yield* found;
      key = last.key;
    }
  }

  get(name: Collection, [owner, sequence]: RecordKey): Uint8Array | undefined {
    for (const { key, value } of this.ascending(name, [owner, sequence])) return key[0] === owner && key[1] === sequence ? value : undefined;
    return undefined;
  }

  /** The newest key of one owner, or of all. */
  last(name: Collection, owner?: number): RecordKey | undefined {
    for (const { key } of this.descending(name, [owner ?? Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])) {
      return owner === undefined || key[0] === owner ? key : undefined;
    }
    return undefined;
  }

  /** The histories in the order of their ids, first and last sequence of each. */
  *histories(): Generator<{ readonly id: number; readonly first: number; readonly last: number }> {
    for (let id = -1; ; ) {
      const [found] = this.ascending("facts", [id + 1, 0]);
      if (found === undefined) return;
      const [owner, first] = found.key;
      id = owner;
      yield { id, first, last: this.last("facts", id)?.[1] ?? first };
    }
  }

  /**
   * Sequence of the first record of a history that is not older than `at`, found by halving: stamps grow as sequences
   * do, unless somebody sets the clock back, and then it is about there.
   */
  sequenceSince(id: number, at: Tain): number {
    const [oldest] = this.ascending("facts", [id, 0]);
    let [low, high] = [oldest?.key[0] === id ? oldest.key[1] : 0, (this.last("facts", id)?.[1] ?? -1) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const bytes = this.get("facts", [id, middle]);
      // What is missing or damaged has no time: what stands before it is looked at as well.
      if (bytes !== undefined && bytes.byteLength > STAMP_END && stampIn(bytes) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bytes of the pages that hold records. The file is larger: what was freed in it is used again, but never given back. */
  get usedBytes(): number {
    return this.#guarded(() => COLLECTIONS.reduce((sum, name) => sum + (this.#reader.database(name)?.bytes ?? 0), 0));
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw toJournalError(error, this.#dir, "unable to read");
      inspect(this.#dir, this.#fd); // may know better
      throw new JournalError("MDB_CORRUPTED", this.#dir, `${DATA} is damaged: ${error.message}`, error);
    }
  }
}

/** No link is followed, and no FIFO waited for. */
function openData(dir: string): number {
  try {
    return openSync(join(dir, DATA), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new JournalError("ENOENT", dir, "there is no journal here", error);
    throw toJournalError(error, dir, "unable to open");
  }
}

/** A damaged key may lead back to where we were: there would be no end. @throws RangeError */
function inOrder(entries: Entry[], from: RecordKey, step: 1 | -1): Entry[] {
  let before = from;
  for (const [index, { key }] of entries.entries()) {
    const order = (key[0] - before[0] || key[1] - before[1]) * step;
    // The first of an ascent may be the key that was asked for.
    if (!(order > 0 || (order === 0 && step === 1 && index === 0))) throw new RangeError("keys that are not in order");
    before = key;
  }
  return entries;
}

const isCount = (part: unknown): part is number => typeof part === "number" && Number.isSafeInteger(part) && part >= 0;

function decodeKey(bytes: Buffer, start: number, end: number): RecordKey {
  const key = readKey(bytes, start, end);
  const [owner, sequence] = Array.isArray(key) ? key : [];
  if (!isCount(owner) || !isCount(sequence)) throw new RangeError("a key that is none of a record");
  return [owner, sequence];
}

/**
 * lmdb maps the file into memory: a page that is used and lies behind the file's end would be SIGBUS for the whole
 * process, so that is looked at before. Answers how many bytes of unused pages are missing there. @throws JournalError
 */
export function inspect(dir: string, fd: number): number {
  const file = inspectFile(fd);
  switch (file.type) {
    case "stranger":
      throw new JournalError("MDB_INVALID", dir, `${DATA} is not an LMDB file`);
    case "truncated":
      throw new JournalError("ETRUNCATED", dir, `${DATA} has ${file.size} bytes of ${file.needed}`);
    case "sound":
      return file.unwritten;
  }
}
