import type { Death } from "../formats/death-tally.ts";
import type { Tain } from "../formats/tain.ts";
import { decodeRecord, decodeTreeEvent } from "./codec.ts";
import { JournalError } from "./journal-error.ts";
import { type Collection, type Entry, JournalFile, TREE_ID } from "./journal-file.ts";
import type { JournalRecord, TreeEvent } from "./journal-record.ts";
import { hasJournal, journalPlaces, readPointer } from "./pointer.ts";
import { deathsIn } from "./projections/death-tally.ts";
import { type JournalledService, readServices, type ServiceTable } from "./registry.ts";

export interface ReadRecord<R = JournalRecord> {
  readonly sequence: number;
  readonly record: R;
}

/** Records that are not there, or not to be read: `sequence` is the first of them. */
export interface Damage {
  readonly sequence: number;
  readonly damage: string;
}

export interface Range {
  /** First sequence, 0 by default. */
  readonly from?: number;
  /** Last sequence, included. */
  readonly to?: number;
}

/** Read-only, in any process, while the tree runs and while it does not. Sees what is committed at each call. */
export class JournalReader {
  readonly dir: string;
  readonly #file: JournalFile;

  private constructor(dir: string, file: JournalFile) {
    this.dir = dir;
    this.#file = file;
  }

  /** @throws JournalError: ENOENT no journal, EEMPTY nothing recorded yet, ETRUNCATED and MDB_* damaged, EACCES … */
  static open(dir: string): JournalReader {
    return new JournalReader(dir, JournalFile.open(dir));
  }

  /** By way of supervise/journal. @throws JournalError as open, and ENOENT or ESTALE when the pointer leads nowhere. */
  static openService(servicedir: string): { readonly reader: JournalReader; readonly id: number } {
    const pointer = readPointer(servicedir);
    if (pointer === undefined) throw new JournalError("ENOENT", servicedir, "this service has no journal");
    for (const dir of [...journalPlaces(servicedir, pointer).filter(hasJournal), pointer.dir]) {
      const reader = JournalReader.open(dir);
      if (reader.uuid === pointer.uuid) return { reader, id: pointer.id };
      void reader.close();
    }
    throw new JournalError("ESTALE", servicedir, `its history is not in ${pointer.dir} any more`);
  }

  /** Of the environment: a pointer with another one leads to a stranger. */
  get uuid(): string | undefined {
    return this.#table()?.uuid;
  }

  /** Everyone with an id, also those that are gone. */
  services(): readonly JournalledService[] {
    return this.#table()?.services ?? [];
  }

  /** In order; what is missing or damaged has its place among the records. */
  history(id: number, range: Range = {}): Generator<ReadRecord | Damage> {
    return this.#read("facts", id, range, decodeRecord);
  }

  /** The scanner's own events. */
  tree(range: Range = {}): Generator<ReadRecord<TreeEvent> | Damage> {
    return this.#read("tree", TREE_ID, range, decodeTreeEvent);
  }

  /** The readable records of a history. */
  *records(id: number, range: Range = {}): Generator<JournalRecord> {
    for (const read of this.history(id, range)) if ("record" in read) yield read.record;
  }

  /** The last `count` readable records, in order: reads no more than these. */
  newest(id: number, count: number): JournalRecord[] {
    const found: JournalRecord[] = [];
    let left = count;
    for (const entry of this.#file.descending("facts", [id, Number.POSITIVE_INFINITY])) {
      if (entry.key[0] !== id || left-- === 0) break;
      const read = attempt(entry, decodeRecord);
      if ("record" in read) found.push(read.record);
    }
    return found.reverse();
  }

  /** Sequence of the first record that is not older than `at`, as long as nobody set the clock back. */
  firstSince(id: number, at: Tain): number {
    return this.#file.sequenceSince(id, at);
  }

  /** The newest record; undefined when there is none. */
  last(id: number): ReadRecord | Damage | undefined {
    const [, sequence] = this.#file.last("facts", id) ?? [];
    if (sequence === undefined) return undefined;
    for (const read of this.history(id, { from: sequence })) return read;
    return undefined;
  }

  /** Oldest first. */
  deaths(id: number): Death[] {
    return [...deathsIn(this.records(id))];
  }

  close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  #table(): ServiceTable | undefined {
    return readServices(this.dir);
  }

  *#read<R>(
    name: Collection,
    owner: number,
    { from = 0, to = Number.POSITIVE_INFINITY }: Range,
    decode: (bytes: Uint8Array) => R,
  ): Generator<ReadRecord<R> | Damage> {
    let expected = from;
    for (const entry of this.#file.ascending(name, [owner, from])) {
      const [found, sequence] = entry.key;
      if (found !== owner || sequence > to) return;
      const read = attempt(entry, decode);
      const isCut = "record" in read && isCheckpoint(read.record);
      // A checkpoint that comes behind records was made while they were read: it stands for them as well.
      if (isCut && expected > from) {
        yield { sequence: expected, damage: `${sequence + 1 - expected} records were removed while they were read` };
      } else {
        if (sequence > expected && !isCut) yield { sequence: expected, damage: `${sequence - expected} records are missing` };
        yield read;
      }
      expected = sequence + 1;
    }
  }
}

/** What is before it was removed, and it stands for that. */
const isCheckpoint = (record: unknown): boolean => (record as JournalRecord).kind === "checkpoint";

function attempt<R>({ key: [, sequence], value }: Entry, decode: (bytes: Uint8Array) => R): ReadRecord<R> | Damage {
  try {
    return { sequence, record: decode(value) };
  } catch (error) {
    if (error instanceof RangeError) return { sequence, damage: error.message };
    throw error;
  }
}
