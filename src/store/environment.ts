import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Database, RootDatabase } from "lmdb";
import { JournalError, toJournalError } from "./journal-error.ts";
import { probe } from "./outage.ts";

type RecordKey = [owner: number, sequence: number];
export const TREE_ID = 0;

/** One LMDB environment: the histories of all services of a tree, and the tree's own events. */
export interface Environment {
  readonly root: RootDatabase<Uint8Array>;
  /** [service id, sequence] → record. */
  readonly facts: Database<Uint8Array, RecordKey>;
  /** [TREE_ID, sequence] → event of the scanner. */
  readonly tree: Database<Uint8Array, RecordKey>;
  /** Of data.mdb: another inode at the same path is another history. */
  readonly inode: number;
}

export interface FileModes {
  /** Of data.mdb and lock.mdb. History may be private: 0600 by default. */
  readonly file?: number;
  readonly dir?: number;
}

const DATA = "data.mdb";
const MAX_DATABASES = 8;

/** 30 ms and 3.5 MB: only those who really read or write history load it. */
const lmdb = (): typeof import("lmdb") => createRequire(import.meta.filename)("lmdb") as typeof import("lmdb");

/** Creates what is missing; room for it is made sure of before. noSync: safe against the death of any process, not against power loss. @throws JournalError */
export function openForWriting(dir: string, modes: FileModes = {}): Environment {
  try {
    makeLeaf(dir, modes.dir ?? 0o700);
    if (existsSync(join(dir, DATA))) inspect(dir);
    probe(dir);
    // The writer batches by itself; with event turn batching lmdb makes promises that nobody gets: unhandled on failure.
    const environment = open(dir, { noSync: true, eventTurnBatching: false, permissionsMode: modes.file ?? 0o600 });
    silence(environment.root);
    return environment;
  } catch (error) {
    throw toJournalError(error, dir, "unable to open");
  }
}

/** Only the last part: a scan directory that was removed must not come back by its journal. */
function makeLeaf(dir: string, mode: number): void {
  try {
    mkdirSync(dir, mode);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** Works while writers run and while none does. @throws JournalError */
export function openForReading(dir: string): Environment {
  if (!existsSync(join(dir, DATA))) throw new JournalError("ENOENT", dir, "there is no journal here");
  try {
    inspect(dir);
    return open(dir, { readOnly: true });
  } catch (error) {
    throw toJournalError(error, dir, "unable to open");
  }
}

function open(dir: string, how: object): Environment {
  const options = { path: dir, noSubdir: false, maxDbs: MAX_DATABASES, encoding: "binary" as const, compression: false };
  const root = lmdb().open<Uint8Array>({ ...options, ...how });
  try {
    const facts = openRecords(root, "facts");
    const tree = openRecords(root, "tree");
    if (facts === undefined || tree === undefined) throw new JournalError("EEMPTY", dir, "nothing was recorded here yet");
    return { root, facts, tree, inode: statSync(join(dir, DATA)).ino };
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** lmdb's types do not say that a reader gets undefined for a database that is not there yet. */
const openRecords = (root: Environment["root"], name: string): Environment["facts"] | undefined =>
  root.openDB<Uint8Array, RecordKey>({ name, encoding: "binary" });

/** The newest key of one owner, or of all. */
export function lastKey(database: Environment["facts"], owner?: number): RecordKey | undefined {
  database.resetReadTxn();
  const newest = { reverse: true, limit: 1 };
  const range = owner === undefined ? newest : { ...newest, start: [owner, Number.POSITIVE_INFINITY], end: [owner] };
  for (const key of database.getKeys(range)) return key;
  return undefined;
}

/** Inode of data.mdb, undefined when the journal was taken away. */
export function inodeOf(dir: string): number | undefined {
  return statSync(join(dir, DATA), { throwIfNoEntry: false })?.ino;
}

/**
 * lmdb maps the file into memory: a file shorter than its meta page says would be SIGBUS for the whole process, so
 * that is looked at before. Meta pages 0 and 1 (LMDB data format 2): magic at 24, version at 28, page size at 48,
 * last page at 144, transaction at 152.
 */
function inspect(dir: string): void {
  const path = join(dir, DATA);
  const fd = openSync(path, "r");
  try {
    if (fstatSync(fd).size === 0) return; // lmdb was interrupted before its first page: it starts anew
    const first = readMeta(fd, 0);
    if (first === undefined) throw new JournalError("MDB_INVALID", dir, `${DATA} is not an LMDB file`);
    const second = readMeta(fd, first.pageSize);
    const current = second !== undefined && second.transaction > first.transaction ? second : first;
    const needed = (current.lastPage + 1) * current.pageSize;
    const { size } = fstatSync(fd); // after the meta pages: a writer may be at work, and the file grows before they do
    if (size < needed) throw new JournalError("ETRUNCATED", dir, `${DATA} has ${size} bytes of ${needed}`);
  } finally {
    closeSync(fd);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
}

const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function readMeta(fd: number, position: number): Meta | undefined {
  const view = new DataView(new ArrayBuffer(META_BYTES));
  if (readSync(fd, view, 0, META_BYTES, position) < META_BYTES) return undefined;
  const pageSize = view.getUint32(48, LITTLE_ENDIAN);
  if (view.getUint32(24, LITTLE_ENDIAN) !== MAGIC || pageSize < 512 || pageSize > 65536) return undefined;
  return {
    pageSize,
    lastPage: Number(view.getBigUint64(144, LITTLE_ENDIAN)),
    transaction: Number(view.getBigUint64(152, LITTLE_ENDIAN)),
  };
}

/**
 * A failed commit makes lmdb print a stack trace with console.error before it rejects. The rejection is ours to report,
 * so the trace is kept off stderr: console.error is replaced for the duration of that one callback.
 */
function silence(root: RootDatabase<Uint8Array>): void {
  const { env } = root as unknown as { readonly env: { readonly startWriting: StartWriting } };
  const startWriting = env.startWriting.bind(env);
  const silent: StartWriting = (address, done) =>
    startWriting(address, (status) => {
      const print = console.error;
      console.error = () => undefined;
      try {
        return done(status);
      } finally {
        console.error = print;
      }
    });
  Object.defineProperty(env, "startWriting", { value: silent }); // an assignment is refused
}
type StartWriting = (address: number, done: (status: number) => unknown) => unknown;
