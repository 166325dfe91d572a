import { constants } from "node:fs";
import { addon, AT_FDCWD } from "./addon.ts";
import { check, unless } from "./errors.ts";
import { closeFd, openAt } from "./files.ts";

/**
 * Locks of an open file description: exclusive, whole file, gone when its last descriptor is closed. They conflict
 * with the classic record locks of the C tools in both directions.
 */

const KINDS = { shared: 0, exclusive: 1, none: 2 } as const;
export interface LockRange {
  readonly start: number;
  readonly length: number;
}

const WHOLE_FILE: LockRange = { start: 0, length: 0 };

/** Never blocks: false when somebody else has it. Needs a descriptor open for writing. */
export const tryLock = (fd: number, path: string): boolean => check(addon.lockRange(fd, KINDS.exclusive, WHOLE_FILE.start, WHOLE_FILE.length), "lock", path) === 1;

/** Between two tries. */
const PAUSE_MS = 10;
const PATIENCE_MS = 200;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * The same after a kill -9: a child of the dead process that has not reached its exec yet holds the lock a moment longer, and
 * nobody tells when it lets go. Blocks the thread as long.
 */
export function tryLockSoon(fd: number, path: string): boolean {
  for (let waitedMs = 0; !tryLock(fd, path); waitedMs += PAUSE_MS) {
    if (waitedMs >= PATIENCE_MS) return false;
    Atomics.wait(nobody, 0, 0, PAUSE_MS);
  }
  return true;
}

/**
 * Keeps the lock of a descriptor without the descriptor, which is closed (or kept, where the file system can't do
 * better). Process-wide, until dropLock(); an exec ends it.
 */
export const holdLock = (fd: number): number => check(addon.holdLock(fd), "hold lock");
export const dropLock = (held: number): void => void check(addon.dropLock(held), "drop lock");

/** Does anybody hold a lock on the file that is open here? */
export const testLock = (fd: number, path: string): boolean => check(addon.testLock(fd), "check lock on", path) === 1;

/** The same by name; a file that does not exist is not locked (s6 documentation: a supervisor lives, or not). */
export function isLocked(path: string): boolean {
  const fd = unless(["ENOENT"], () => openAt(AT_FDCWD, path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (fd === undefined) return false;
  try {
    return testLock(fd, path);
  } finally {
    closeFd(fd);
  }
}

/** A lock on some bytes of a file, also behind its end; "none" gives it back. Never blocks: false when somebody else is in the way. */
export const lockRange = (fd: number, kind: keyof typeof KINDS, { start, length }: LockRange): boolean =>
  check(addon.lockRange(fd, KINDS[kind], start, length), "lock") === 1;

/** The same as soon as nobody is in the way. Rejects with a SystemError. */
export function lockRangeLater(fd: number, kind: keyof typeof KINDS, { start, length }: LockRange): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (result: number): void => {
      try {
        check(result, "lock");
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    const begun = addon.lockRangeLater(fd, KINDS[kind], start, length, settle);
    if (begun < 0) settle(begun);
  });
}
