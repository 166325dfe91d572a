import { constants } from "node:fs";
import { FIFODIR_MODE_RESTRICTED } from "../formats/fifodir.ts";
import { SystemError } from "../sys/errors.ts";
import { openControlFifo } from "../sys/fifo.ts";
import { cleanFifodir } from "../sys/fifodir.ts";
import {
  AT_FDCWD, chmodAt, chownAt, closeFd, isDirectory, mkdirAt, openAt, openCreating, readFileAt, readlinkAt,
  replaceFileAt, setCloexec,
} from "../sys/files.ts";
import { dropLock, holdLock, tryLock, tryLockSoon } from "../sys/lock.ts";
import { getegid } from "../sys/process.ts";
import { ensureDeathTally } from "./death-record.ts";
import { whyNoControl, whyNotWritten } from "./hints.ts";
import { attempt, StartError } from "./start-error.ts";

/** What a supervisor holds for its whole life: two descriptors, and its lock in one of two ways. */
export interface SuperviseDir {
  readonly dirFd: number;
  /** As holdLock() says; -1 when it is held by its descriptor. */
  readonly lock: number;
  /** -1 when it is held without one. */
  readonly lockFd: number;
  readonly controlFd: number;
}

/** How the lock is held. */
export interface LockPlan {
  /** By a descriptor of its own, which goes through an exec, or without one. */
  readonly byDescriptor: boolean;
  /** Held already, by this descriptor; -1 = not yet. */
  readonly inherited: number;
  /** The supervisor before was killed. */
  readonly isOrphaned: boolean;
}

export interface OpenedSuperviseDir extends SuperviseDir {
  /** There was no supervise/death_tally: if there were deaths, only the journal knows of them. */
  readonly isTallyNew: boolean;
}

export const LOCK_PATH = "supervise/lock";
const LINK_BYTES_MAX = 511;

/**
 * Opens a service directory for supervision, in the order of s6 (s6 documentation, s6-supervise): event/ and
 * supervise/ are made where missing, then the lock, then the control FIFO, so that a second supervisor fails before
 * it can steal a byte. `keep` is told each of them at once, so that none is lost when this thread dies on the way.
 *
 * @throws StartError 100: another instance, or a file of the wrong kind; 111: a system call failed.
 */
export function openSuperviseDir(path: string, plan: LockPlan, keep: (part: Partial<SuperviseDir>) => void): OpenedSuperviseDir {
  const dirFd = attempt(`chdir to ${path}`, () =>
    openAt(AT_FDCWD, path, constants.O_RDONLY | constants.O_DIRECTORY),
  );
  keep({ dirFd });
  const isEventDirNew = makeEventDir(dirFd);
  makeDir(dirFd, "supervise");
  const lock = takeLock(dirFd, plan);
  keep(lock);
  const controlFd = inDir("open supervise/control", dirFd, () => openControlFifo(dirFd, "supervise/control", 0o600));
  if (controlFd === "not a fifo") throw new StartError("supervise/control is not a FIFO", 100, whyNoControl(dirFd));
  keep({ controlFd });
  if (!isEventDirNew) cleanStale(dirFd);
  const isTallyNew = inDir("create supervise/death_tally", dirFd, () => ensureDeathTally(dirFd));
  return { dirFd, ...lock, controlFd, isTallyNew };
}

export function closeSuperviseDir(dir: Partial<SuperviseDir>): void {
  for (const fd of [dir.controlFd, dir.dirFd, dir.lockFd]) if (fd !== undefined && fd >= 0) closeFd(fd);
  if (dir.lock !== undefined && dir.lock >= 0) dropLock(dir.lock);
}

/** What fails there may have a reason that can be told. */
const inDir = <T>(what: string, dirFd: number, action: () => T): T => attempt(what, action, (error) => whyNotWritten(dirFd, error));

function takeLock(dirFd: number, { byDescriptor, inherited, isOrphaned }: LockPlan): Pick<SuperviseDir, "lock" | "lockFd"> {
  const path = LOCK_PATH;
  const isOurs = inherited >= 0;
  const fd = isOurs ? inherited : inDir(`open ${path}`, dirFd, () => openCreating(dirFd, path, constants.O_RDWR | constants.O_NONBLOCK, 0o644));
  if (isOurs) setCloexec(fd, true);
  try {
    if (!attempt(`lock ${path}`, () => (isOrphaned ? tryLockSoon(fd, path) : tryLock(fd, path)))) {
      throw new StartError("another instance is already running: supervise/lock is held", 100);
    }
  } catch (error) {
    if (!isOurs) closeFd(fd);
    throw error;
  }
  return byDescriptor ? { lock: -1, lockFd: fd } : { lock: holdLock(fd), lockFd: -1 };
}

/** True when it was made. An existing event/ is used untouched, so that the settings of s6-svperms survive. */
function makeEventDir(dirFd: number): boolean {
  if (!makeDir(dirFd, "event")) return false;
  inDir("chown event", dirFd, () => chownAt(dirFd, "event", -1, getegid()));
  inDir("chmod event", dirFd, () => chmodAt(dirFd, "event", FIFODIR_MODE_RESTRICTED));
  return true;
}

/** True when it was made. A symbolic link counts as what it points to; a target that is missing is created. */
function makeDir(dirFd: number, name: string): boolean {
  try {
    mkdirAt(dirFd, name, 0o700);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "EEXIST") throw new StartError(`unable to mkdir ${name}: ${error.reason}`, 111, whyNotWritten(dirFd, error));
  }
  if (attempt(`stat ${name}`, () => isDirectory(dirFd, name))) return false;
  const target = linkTarget(dirFd, name);
  if (target === undefined) throw new StartError(`${name} exists and is not a directory`, 100);
  if (Buffer.byteLength(target) > LINK_BYTES_MAX) throw new StartError(`unable to readlink ${name}: File name too long`, 111);
  inDir(`mkdir ${target}`, dirFd, () => mkdirAt(dirFd, target, 0o700));
  return true;
}

function linkTarget(dirFd: number, name: string): string | undefined {
  try {
    return readlinkAt(dirFd, name);
  } catch (error) {
    if (error instanceof SystemError && error.code === "EINVAL") return undefined; // not a symbolic link
    throw error;
  }
}

/** Stale subscribers cost only time: a failure is not worth refusing the service for. */
function cleanStale(dirFd: number): void {
  try {
    cleanFifodir(dirFd, "event");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

const POINTER = "supervise/journal";

/** Leads readers to the journal. Written only when it says something else, so that an idle restart writes nothing. */
export function writePointer(dirFd: number, pointer: string, warn: (text: string) => void): void {
  try {
    const there = readFileAt(dirFd, POINTER, pointer.length + 1);
    if (there !== undefined && Buffer.from(there).equals(Buffer.from(pointer))) return;
    replaceFileAt(dirFd, POINTER, Buffer.from(pointer));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warn(`unable to write ${POINTER}: ${error.reason}`);
  }
}
