import { constants as fs } from "node:fs";
import { type Bytes, textOf } from "../formats/bytes.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { check, otherwise, SystemError } from "./errors.ts";
import { closeFd, openAt, unlinkAt } from "./files.ts";
import { umask } from "./process.ts";
import { lockRecord } from "./record-lock.ts";
import { bindTo, streamSocket } from "./stream-socket.ts";

/** Sockets that whoever comes next in a chain listens on. The calls throw SystemError. */

const AF_UNIX = 1;
const LOCK_MODE = 0o600;
const ALL = 0o777;

export interface BindRules {
  /** Permissions of the file. */
  readonly mode: number;
  /** What is there already is replaced, unless somebody holds the lock of PATH.lock. */
  readonly reuse: boolean;
}

/** Close-on-exec. */
export function unixSocket(isDatagram: boolean, nonblocking: boolean): number {
  if (!isDatagram) return streamSocket(nonblocking);
  const fd = check(addon.socketDatagram(AF_UNIX), "create socket");
  if (!nonblocking) addon.setNonblock(fd, false);
  return fd;
}

/**
 * Gives the socket its path. The lock is let go again when that is done: s6's disappears when the next program is
 * executed, so that a server can be replaced by another one while it runs. The umask counts for PATH.lock, too.
 */
export function bindByRules(fd: number, path: Bytes, { mode, reuse }: BindRules): void {
  const before = umask(~mode & ALL);
  let lockFd: number | undefined;
  try {
    // A lock of this process does not forbid it: whoever comes before in the chain may have it.
    if (reuse) lockFd = clearPath(path, (lock) => lockRecord(lock, false, 0));
    bindTo(fd, path);
  } finally {
    umask(before);
    if (lockFd !== undefined) closeFd(lockFd);
  }
}

/** Removes what is at a path, unless somebody holds the lock of PATH.lock: EBUSY. `take` takes it, until the descriptor is closed. */
export function clearPath(path: Bytes, take: (lockFd: number) => boolean): number {
  const lockFd = openAt(AT_FDCWD, withSuffix(path, ".lock"), fs.O_WRONLY | fs.O_NONBLOCK | fs.O_CREAT, LOCK_MODE);
  try {
    if (!take(lockFd)) throw new SystemError("bind", textOf(path), "EBUSY");
  } catch (error) {
    closeFd(lockFd);
    throw error;
  }
  otherwise(false, () => unlinkAt(AT_FDCWD, path)); // what can't be removed is bind's to complain about
  return lockFd;
}

const withSuffix = (path: Bytes, suffix: string): Bytes =>
  typeof path === "string" ? path + suffix : Buffer.concat([path, Buffer.from(suffix)]);
