import { constants as fs } from "node:fs";
import type { Bytes } from "../formats/bytes.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { check, otherwise, SystemError } from "./errors.ts";
import { closeFd, openAt, unlinkAt } from "./files.ts";
import { umask } from "./process.ts";
import { lockRecord } from "./record-lock.ts";
import { streamSocket } from "./stream-socket.ts";

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
    if (reuse) {
      lockFd = openAt(AT_FDCWD, withSuffix(path, ".lock"), fs.O_WRONLY | fs.O_NONBLOCK | fs.O_CREAT, LOCK_MODE);
      if (!lockRecord(lockFd, false, 0)) throw new SystemError("bind", undefined, "EBUSY");
      otherwise(false, () => unlinkAt(AT_FDCWD, path)); // what can't be removed is bind's to complain about
    }
    check(addon.bindUnix(fd, path), "bind", path);
  } finally {
    umask(before);
    if (lockFd !== undefined) closeFd(lockFd);
  }
}

const withSuffix = (path: Bytes, suffix: string): Bytes =>
  typeof path === "string" ? path + suffix : Buffer.concat([path, Buffer.from(suffix)]);
