import { constants, realpathSync } from "node:fs";
import { type Bytes, textOf } from "../formats/bytes.ts";
import type { Definition } from "../formats/definition.ts";
import { MAX_SIGNAL, type SignalName, signalNumber } from "../formats/signals.ts";
import type { Tain } from "../formats/tain.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import * as clock from "./clock.ts";
import { definitionIn, digestInto, makeDigests } from "./definition.ts";
import { check, checked, SystemError } from "./errors.ts";
import { readExecutable } from "./executable.ts";
import * as fifodirs from "./fifodir.ts";
import * as files from "./files.ts";
import { launch } from "./launch.ts";
import { mountAt } from "./mounts.ts";
import * as processes from "./process.ts";
import { Regex } from "./regex.ts";
import * as signals from "./signals.ts";

/**
 * The system as short-lived programs see it: paths relative to the working directory, blocking calls. They throw
 * SystemError. Its type is `Sys` (sys.ts), which a test can implement with a fake.
 */
export { areAccountsLocal } from "./account-sources.ts";
export { bindByRules, unixSocket } from "./bound-socket.ts";
export { applyOwnCredentials } from "./credentials.ts";
export { spawnChain, spawnChild } from "./child.ts";
export { ownProgram, ownProgramFor } from "./own-program.ts";
export { readFilesOf, readPlainFile, readPlainFilesOf } from "./directory-bytes.ts";
export { exec, execChain } from "./exec.ts";
export { ownMachine } from "./executable.ts";
export { fileFacts, isTerminal, mayAccess } from "./file-facts.ts";
export { helperCall, startHelper } from "./helper.ts";
export { argv0, bornWith, environment, setVariable, takeOver, wasOpen } from "./launch.ts";
export { limitOf, mayRaiseLimits, setLimit } from "./limits.ts";
export { bindAnywhere, connectUnixDatagram, receiveDatagram, sendDatagram } from "./socket.ts";
export { boundPath, connectUnixStream, connectWithin, endReading, endWriting, listenOn } from "./stream-socket.ts";
export { sendControl } from "./fifo.ts";
export { makeFifodir, subscribe } from "./fifodir.ts";
export { copyTreeInto, removeTree, removeTreeIn } from "./tree.ts";
export { closeFd, dupFd, dupOnto, isOpen, pipe, readFd, setCloexec, setNonblock, statFd, writeFd } from "./files.ts";
export { setAccessAt } from "./permissions.ts";
export { glob } from "./patterns.ts";
export { isLocked, isLocked as isLockHeld } from "./lock.ts";
export { pollEvents, pollReadable, pollWritable } from "./poller.ts";
export { receiveBytes, sendBytes } from "./messages.ts";
export { memoryFile } from "./memory.ts";
export { lockRecord } from "./record-lock.ts";
export { mayRead } from "./rights.ts";
export { comeToForeground, leadGroup, setsid } from "./session.ts";
export {
  getegid, geteuid, getgid, getuid, parentOf, pidfdKill, pidfdOpen, reap, reapAny, setSubreaper, umask, waitPidfd,
} from "./process.ts";
export { finishFile, makeUniqueFile, writeFile } from "./unique-file.ts";
export { groupByName, groupById, groupsOf, homeOf, userByName, userById } from "./users.ts";

const FILE_BYTES_MAX = 64 * 1024 * 1024;

// -- files ---------------------------------------------------------------------------------------------------------

export const open = (path: Bytes, flags: number, mode = 0o666): number => files.openAt(AT_FDCWD, path, flags, mode);

function present<T>(syscall: string, path: Bytes, found: T | undefined): T {
  if (found === undefined) throw new SystemError(syscall, textOf(path), "ENOENT");
  return found;
}

export const readFile = (path: Bytes, maxBytes: number = FILE_BYTES_MAX): Uint8Array =>
  present("read", path, readFileIfPresent(path, maxBytes));

export const readFileIfPresent = (path: Bytes, maxBytes: number = FILE_BYTES_MAX): Uint8Array | undefined =>
  files.readFileAt(AT_FDCWD, path, maxBytes);

/** What the service is by its files now. */
export function definitionOf(servicedir: string): Definition {
  const fd = open(servicedir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const digests = makeDigests();
    digestInto(digests, fd);
    return definitionIn(digests);
  } finally {
    files.closeFd(fd);
  }
}

/** What exec would find; relative names in it are looked up in `directory`. undefined when it can't be looked at. */
export function executableIn(directory: string, name: string): ReturnType<typeof readExecutable> {
  const fd = open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return readExecutable(fd, name);
  } finally {
    files.closeFd(fd);
  }
}

export const mountOf = (path: string): ReturnType<typeof mountAt> => mountAt(AT_FDCWD, path);

export const pid = (): number => process.pid;

/** Atomic: `path.new`, then rename. */
export const replaceFile = (path: string, bytes: Uint8Array): void => files.replaceFileAt(AT_FDCWD, path, bytes);
export const exists = (path: string): boolean => files.exists(AT_FDCWD, path);
/** For the real ids; false, too, where it is not there. @throws SystemError for whatever else is in the way */
export const isAccessible = (path: Bytes, right: "exists" | "read"): boolean => files.mayAccessAt(AT_FDCWD, path, right);
export const isExecutable = (path: Bytes): boolean => files.isExecutable(AT_FDCWD, path);
export const stat = (path: Bytes): files.FileStat => present("stat", path, statIfPresent(path));
export const statIfPresent = (path: Bytes): files.FileStat | undefined => files.statAt(AT_FDCWD, path);
export const lstat = (path: string): files.FileStat => present("lstat", path, files.lstatAt(AT_FDCWD, path));
export const readdir = (path: string): string[] => files.readdirAt(AT_FDCWD, path);
export const mkdir = (path: Bytes, mode: number): void => files.mkdirAt(AT_FDCWD, path, mode);
/** Exactly this mode, whatever the umask. */
export const mkfifo = (path: Bytes, mode: number): void => files.mkfifoAt(AT_FDCWD, path, mode);

/** ENOENT is an error here. */
export function unlink(path: Bytes): void {
  if (!files.unlinkAt(AT_FDCWD, path)) throw new SystemError("unlink", textOf(path), "ENOENT");
}

export const rename = (from: string, to: string): void => files.renameAt(AT_FDCWD, from, to);
export const symlink = (target: string, path: string): void => files.symlinkAt(target, AT_FDCWD, path);
export const readlink = (path: string): string => files.readlinkAt(AT_FDCWD, path);
export const chmod = (path: string, mode: number): void => files.chmodAt(AT_FDCWD, path, mode);
export const chown = (path: Bytes, uid: number, gid: number): void => files.chownAt(AT_FDCWD, path, uid, gid);
export const realpath = (path: string): string => ofNode("realpath", path, () => realpathSync.native(path));
export const chdir = (path: string): void => ofNode("chdir", path, () => process.chdir(path));
export const cwd = (): string => ofNode("getcwd", undefined, () => process.cwd());

/** For a chain: bytes. */
export const chdirBytes = (path: Bytes): void => void check(addon.chdir(path), "chdir", path);
export const cwdBytes = (): Uint8Array => checked<Uint8Array>(addon.getcwd(), "getcwd");

/** Failures of Node's own calls in our form. */
function ofNode<T>(syscall: string, path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && "code" in error) throw new SystemError(syscall, path, String(error.code), { cause: error });
    throw error;
  }
}

// -- fifodirs ------------------------------------------------------------------------------------------------------

/** How many got the letters. */
export const notify = (fifodir: string, letters: string): number => fifodirs.notify(AT_FDCWD, fifodir, letters);
/** How many stale FIFOs were removed. */
export const cleanFifodir = (fifodir: string): number => fifodirs.cleanFifodir(AT_FDCWD, fifodir);

/** False when it is not there and could not be made. */
export function tryMakeFifodir(path: string, gid: number | undefined): boolean {
  try {
    fifodirs.makeFifodir(path, gid, false);
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Does the text match somewhere? What regcomp(3) has against the pattern. */
export function matchesRegex(text: Uint8Array, pattern: Uint8Array): boolean | { readonly problem: string } {
  try {
    return new Regex(pattern).test(text);
  } catch (error) {
    if (error instanceof SystemError && error.cause instanceof Error) return { problem: error.cause.message };
    throw error;
  }
}

/** A predicate: does the text match the POSIX extended regular expression somewhere? @throws SystemError EINVAL */
export function compileRegex(pattern: string): (text: Uint8Array) => boolean {
  const regex = new Regex(pattern);
  return (text) => regex.test(text);
}

// -- time and signals ----------------------------------------------------------------------------------------------

export const now = (): Tain => clock.now().at;
export const monotonicMs = (): number => clock.monotonicMs();

export interface SignalTrap {
  /** Readable when a signal has come. */
  readonly fd: number;
  /** The next signal that has come. */
  read(): number | undefined;
  /** The signals do what they do by default again. */
  close(): void;
}

/** Signals that were ignored when the program was started (nohup) stay ignored. */
export function trapSignals(names: readonly SignalName[]): SignalTrap {
  return trapSignalNumbers(names.map(signalNumber).filter((signal) => !launch.ignored.includes(signal)));
}

/** What a process can't trap, what the kernel says about its own faults, and two that belong to the C library. */
const NOT_TRAPPED: readonly number[] = [...(["KILL", "STOP", "ILL", "BUS", "FPE", "SEGV"] as const).map(signalNumber), 32, 33];

/** All that can be trapped. */
export const trappableSignals: readonly number[] = Array.from({ length: MAX_SIGNAL }, (_, index) => index + 1).filter((signal) => !NOT_TRAPPED.includes(signal));

/** All of them, those that were ignored, too. */
export const trapAllSignals = (): SignalTrap => trapSignalNumbers(trappableSignals);

/** Even if they were ignored. */
export function trapSignalNumbers(numbers: readonly number[]): SignalTrap {
  const fd = signals.trapSignals(numbers);
  const pending: number[] = [];
  return {
    fd,
    read() {
      pending.push(...signals.readSignals(fd).filter((signal) => numbers.includes(signal)));
      return pending.shift();
    },
    close: () => signals.untrapSignals(numbers),
  };
}

/** Ends the process the way the signal does by default, so that whoever waits for it can tell. */
export function dieOfSignal(signal: number): never {
  signals.untrapSignals([signal]);
  processes.kill(process.pid, signal);
  // As pid 1 the kernel spares us.
  processes.exitNow(128 + signal);
}
