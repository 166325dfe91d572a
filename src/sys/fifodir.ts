import { constants } from "node:fs";
import { FIFO_MODE, FIFODIR_MODE_PUBLIC, FIFODIR_MODE_RESTRICTED, fifoName } from "../formats/fifodir.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { now } from "./clock.ts";
import { check, SystemError, unless } from "./errors.ts";
import {
  chmodAt, chownAt, closeFd, lstatAt, mkdirAt, mkfifoAt, openAt, readFd, renameAt, statAt, unlinkAt,
} from "./files.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Sends letters to every subscriber, one write each. How many got them. */
export const notify = (dirFd: number, path: string, letters: string): number =>
  check(addon.notify(dirFd, path, letters), "notify", path);

/** Removes the FIFOs that nobody reads. How many there were. */
export const cleanFifodir = (dirFd: number, path: string): number =>
  check(addon.cleanFifodir(dirFd, path), "clean", path);

/**
 * Makes a fifodir (s6 documentation, s6-mkfifodir): public, or for the members of `gid`. An existing one is left
 * alone unless `force`; EACCES when it is somebody else's, ENOTDIR when it is no directory.
 */
export function makeFifodir(path: string, gid: number | undefined, force: boolean): void {
  if (unless(["EEXIST"], () => (mkdirAt(AT_FDCWD, path, 0o700), true)) === undefined) {
    const found = statAt(AT_FDCWD, path);
    if (found === undefined) throw new SystemError("mkfifodir", path, "ENOENT"); // a link to nothing
    // A link of somebody else may lead to any directory of ours.
    if (found.uid !== addon.getuid() || lstatAt(AT_FDCWD, path)?.uid !== found.uid) throw new SystemError("mkfifodir", path, "EACCES");
    if (!found.isDirectory) throw new SystemError("mkfifodir", path, "ENOTDIR");
    if (!force) return;
  }
  if (gid !== undefined) chownAt(AT_FDCWD, path, -1, gid);
  chmodAt(AT_FDCWD, path, gid === undefined ? FIFODIR_MODE_PUBLIC : FIFODIR_MODE_RESTRICTED);
}

/** An ear in a fifodir. */
export interface Subscription {
  /** Readable when letters have come. */
  readonly fd: number;
  /** All its descriptors, and the FIFO: for another process that goes on listening. */
  readonly fds: readonly number[];
  readonly path: string;
  /** At most `maxBytes` of what has come, none when nothing has. */
  read(maxBytes: number): Uint8Array;
  /** Unsubscribes. */
  close(): void;
}

/**
 * Subscribes (s6 documentation, fifodir). The FIFO has a name that notifiers look for only when it can be written
 * to: seen earlier, it would be removed as stale. Our own write end, never used, keeps the end of file away.
 */
export function subscribe(fifodir: string): Subscription {
  // Unique, not secret, and node:crypto takes two milliseconds to load.
  const name = fifoName(now().at, Uint8Array.from({ length: 6 }, () => Math.random() * 256));
  const [hidden, path] = [`${fifodir}/.${name}`, `${fifodir}/${name}`];
  mkfifoAt(AT_FDCWD, hidden, FIFO_MODE);
  const fds: number[] = [];
  const closeAll = (): void => {
    for (const fd of fds.splice(0)) closeFd(fd);
  };
  try {
    const fd = openAt(AT_FDCWD, hidden, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    fds.push(fd);
    fds.push(openAt(AT_FDCWD, hidden, O_WRONLY | O_NONBLOCK | O_NOFOLLOW));
    renameAt(AT_FDCWD, hidden, path);
    return {
      fd,
      fds,
      path,
      read(maxBytes) {
        const bytes = new Uint8Array(maxBytes);
        const count = readFd(fd, bytes);
        return bytes.subarray(0, count === "again" ? 0 : count);
      },
      close() {
        unlinkAt(AT_FDCWD, path);
        closeAll();
      },
    };
  } catch (error) {
    unlinkAt(AT_FDCWD, hidden);
    closeAll();
    throw error;
  }
}
