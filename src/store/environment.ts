import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { Database, RootDatabase } from "lmdb";
import { checkReadWrite } from "../sys/files.ts";
import { JournalError, toJournalError } from "./journal-error.ts";
import { type Collection, DATA, inspect, JournalFile, type RecordKey } from "./journal-file.ts";
import { OpeningTurn } from "./opening-turn.ts";
import { probe } from "./outage.ts";

/** One LMDB environment: the histories of all services of a tree, and the tree's own events. LMDB writes it; it is read as a file. */
export interface Environment extends Readonly<Record<Collection, Database<Uint8Array, RecordKey>>> {
  readonly root: RootDatabase<Uint8Array>;
  readonly file: JournalFile;
  readonly turn: OpeningTurn;
  /** Lets go of both. */
  readonly close: () => Promise<void>;
}

export interface FileModes {
  /** Of data.mdb and lock.mdb. History may be private: 0600 by default. */
  readonly file?: number;
  readonly dir?: number;
}

const MAX_DATABASES = 8;
const FILE_MODE = 0o600;
const LOCK = "lock.mdb";
/** lmdb needs four; other threads may take some meanwhile. */
const SPARE_DESCRIPTORS = 16;

/** 30 ms and 3.5 MB: only those who write history load it. */
const lmdb = (): typeof import("lmdb") => createRequire(import.meta.filename)("lmdb") as typeof import("lmdb");

/** Does something with the rights that it needs. */
type WithRights = <T>(action: () => T) => T;

/**
 * Creates what is missing; room for it is made sure of before. Waits until nobody commits. noSync: safe against the death of
 * any process, not against power loss. @throws JournalError
 */
export async function openForWriting(dir: string, modes: FileModes = {}, withRights: WithRights = (action) => action()): Promise<Environment> {
  try {
    lmdb(); // takes long: not while others wait
    const fd = withRights(() => prepare(dir, modes));
    try {
      const turn = new OpeningTurn(fd);
      await turn.open();
      try {
        return withRights(() => open(dir, modes.file ?? FILE_MODE, fd, turn));
      } finally {
        turn.leave();
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw toJournalError(error, dir, "unable to open");
  }
}

/** Puts and removals as one transaction, while nobody opens. Rejects with what lmdb rejects with; then nothing is written. */
export async function commit({ root, turn }: Environment, action: () => void): Promise<void> {
  const opening = turn.commit();
  if (opening !== undefined) await opening;
  try {
    await root.batch(action);
  } finally {
    turn.leave();
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

/** Answers data.mdb, which may be empty now. */
function prepare(dir: string, modes: FileModes): number {
  makeLeaf(dir, modes.dir ?? 0o700);
  return openSync(join(dir, DATA), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, modes.file ?? FILE_MODE);
}

/** Only the last part: a scan directory that was removed must not come back by its journal. */
function makeLeaf(dir: string, mode: number): void {
  try {
    mkdirSync(dir, mode);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function open(dir: string, mode: number, fd: number, turn: OpeningTurn): Environment {
  refuseAnother(dir, fd);
  probeOrForget(dir, fd);
  completeFile(fd, inspect(dir, fd));
  rehearse(join(dir, LOCK));
  // The writer batches by itself; with event turn batching lmdb makes promises that nobody gets: unhandled on failure.
  const unbatched = { noSync: true, eventTurnBatching: false, permissionsMode: mode };
  const root = lmdb().open<Uint8Array>({ path: dir, noSubdir: false, maxDbs: MAX_DATABASES, encoding: "binary", compression: false, ...unbatched });
  silence(root);
  try {
    const [facts, tree] = [collection(root, "facts"), collection(root, "tree")];
    refuseAnother(dir, fd);
    const file = new JournalFile(dir, fd);
    return { root, facts, tree, file, turn, close: () => (file.close(), root.close()) };
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** It is locked and looked into by its descriptor, and lmdb goes by its name. */
function refuseAnother(dir: string, fd: number): void {
  if (inodeOf(dir) !== fstatSync(fd).ino) throw new JournalError("ESTALE", dir, "it was replaced while it was opened");
}

/** A file that nothing could be written to is no journal. */
function probeOrForget(dir: string, fd: number): void {
  try {
    probe(dir);
  } catch (error) {
    if (fstatSync(fd).size === 0) rmSync(join(dir, DATA));
    throw error;
  }
}

/**
 * An opening that fails halfway is a SIGSEGV in lmdb: what it will need is tried before. The lock file is not opened, as closing
 * it would end the locks of an environment that this process has open already.
 */
function rehearse(lock: string): void {
  const stat = lstatSync(lock, { throwIfNoEntry: false });
  if (stat?.isFile() === false) throw new Error(`${LOCK} is not a file`);
  if (stat !== undefined) checkReadWrite(lock);
  const spare: number[] = [];
  try {
    while (spare.length < SPARE_DESCRIPTORS) spare.push(openSync("/dev/null", "r"));
  } finally {
    for (const fd of spare) closeSync(fd);
  }
}

const collection = (root: Environment["root"], name: Collection): Database<Uint8Array, RecordKey> =>
  root.openDB<Uint8Array, RecordKey>({ name, encoding: "binary" });

/** Inode of data.mdb, undefined when the journal was taken away, or is out of reach. */
export function inodeOf(dir: string): number | undefined {
  try {
    return statSync(join(dir, DATA)).ino;
  } catch {
    return undefined;
  }
}

/** Nobody else makes the file longer meanwhile. */
function completeFile(fd: number, missing: number): void {
  if (missing > 0) ftruncateSync(fd, fstatSync(fd).size + missing);
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
