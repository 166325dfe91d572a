import { appendFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { Database, RootDatabase } from "lmdb";
import type { Tain } from "../formats/tain.ts";
import { STAMP_END, stampIn } from "./codec.ts";
import { JournalError, toJournalError } from "./journal-error.ts";
import { inspectFile } from "./lmdb-file.ts";
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
    if (existsSync(join(dir, DATA))) completeFile(dir, inspect(dir));
    probe(dir);
    // The writer batches by itself; with event turn batching lmdb makes promises that nobody gets: unhandled on failure.
    const environment = open(dir, { noSync: true, eventTurnBatching: false, permissionsMode: modes.file ?? 0o600 });
    silence(environment.root);
    return environment;
  } catch (error) {
    throw toJournalError(error, dir, "unable to open");
  }
}

/**
 * lmdb opens what it finds, makes what is missing, and follows links: in a directory of a user root does that with his rights,
 * since his links may lead anywhere. All threads have them for that moment.
 */
export function asOwner<T>(dir: string, action: () => T): T {
  const { uid, gid } = statSync(dir);
  if (uid === 0 || process.geteuid?.() !== 0 || !isMainThread) return action();
  const [oldGid, oldGroups] = [process.getegid?.() ?? 0, process.getgroups?.() ?? []];
  process.setgroups?.([]);
  process.setegid?.(gid);
  process.seteuid?.(uid);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(oldGid);
    process.setgroups?.(oldGroups);
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
    return asOwner(dir, () => {
      inspect(dir);
      return open(dir, { readOnly: true });
    });
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

/** The histories in the order of their ids, first and last sequence of each. */
export function* historiesIn({ facts }: Environment): Generator<{ readonly id: number; readonly first: number; readonly last: number }> {
  facts.resetReadTxn();
  for (let id = -1; ; ) {
    const [key] = [...facts.getKeys({ start: [id + 1, 0], limit: 1 })];
    if (key === undefined) return;
    const [found, first] = key;
    id = found;
    yield { id, first, last: lastKey(facts, id)?.[1] ?? first };
  }
}

/**
 * Sequence of the first record of a history that is not older than `at`, found by halving: stamps grow as sequences
 * do, unless somebody sets the clock back, and then it is about there.
 */
export function sequenceSince({ facts }: Environment, id: number, at: Tain): number {
  facts.resetReadTxn();
  const [oldest] = [...facts.getKeys({ start: [id, 0], end: [id, Number.POSITIVE_INFINITY], limit: 1 })];
  let [low, high] = [oldest?.[1] ?? 0, (lastKey(facts, id)?.[1] ?? -1) + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const bytes = facts.get([id, middle]);
    // What is missing or damaged has no time: what stands before it is looked at as well.
    if (bytes !== undefined && bytes.byteLength > STAMP_END && stampIn(bytes) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bytes of the pages that hold records. The file is larger: what was freed in it is used again, but never given back. */
export function usedBytes({ facts, tree }: Environment): number {
  return [facts, tree].reduce((sum, database) => {
    const stats = database.getStats() as Pages;
    return sum + (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
  }, 0);
}
/** Of lmdb's getStats(), whose type is empty. */
type Pages = Readonly<Record<"pageSize" | "treeBranchPageCount" | "treeLeafPageCount" | "overflowPages", number>>;

/** Inode of data.mdb, undefined when the journal was taken away. */
export function inodeOf(dir: string): number | undefined {
  return statSync(join(dir, DATA), { throwIfNoEntry: false })?.ino;
}

/**
 * lmdb maps the file into memory: a page that is used and lies behind the file's end would be SIGBUS for the whole
 * process, so that is looked at before. Answers how many bytes of unused pages are missing there.
 */
function inspect(dir: string): number {
  const file = inspectFile(join(dir, DATA));
  switch (file.type) {
    case "stranger":
      throw new JournalError("MDB_INVALID", dir, `${DATA} is not an LMDB file`);
    case "truncated":
      throw new JournalError("ETRUNCATED", dir, `${DATA} has ${file.size} bytes of ${file.needed}`);
    case "sound":
      return file.unwritten;
  }
}

/** Appended, because a process that writes at the same time may have made the file longer by now. */
function completeFile(dir: string, missing: number): void {
  if (missing > 0) appendFileSync(join(dir, DATA), new Uint8Array(missing));
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
