import { constants } from "node:fs";
import { unless } from "./errors.ts";
import {
  AT_FDCWD, chmodAt, closeFd, type FileStat, lchownAt, lstatAt, mkdirAt, mknodAt, openAt, readdirAt, readFd, readlinkAt, rmdirAt,
  statFd, symlinkAt, unlinkAt, writeFd,
} from "./files.ts";
import { SystemError } from "./system-error.ts";

/**
 * Directories with everything in them. Whoever may write there could put a symbolic link in our way at any moment: so
 * we go by descriptors, one name at a time, and follow no link.
 */

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } = constants;
const [SETUID, SETGID] = [0o4000, 0o2000];
const CHUNK_BYTES = 65_536;
/** Somebody may be writing there still: a supervisor that was told to leave. What is not any more what it was is tried again. */
const TRIES = 20;
const PASSING = ["ENOTEMPTY", "ENOENT", "ENOTDIR", "ELOOP"];

/** Removes what has this name, a directory with all that is in it. Nothing there: fine. @throws SystemError */
export const removeTree = (path: string): void => removeAt(AT_FDCWD, path);

/** The same in a directory that is none if it is a symbolic link. */
export const removeTreeIn = (directory: string, name: string): void => within(AT_FDCWD, directory, (fd) => removeAt(fd, name));

/**
 * Copies a directory into another one under a new name: links as links, modes and owners as far as we may. Not there at
 * all when that fails. @throws SystemError
 */
export function copyTreeInto(from: string, directory: string, name: string): void {
  within(AT_FDCWD, directory, (fd) =>
    within(AT_FDCWD, from, (source) => {
      mkdirAt(fd, name, 0o700);
      try {
        fillDirectory(source, fd, name);
      } catch (error) {
        removeAt(fd, name);
        throw error;
      }
    }),
  );
}

function within<T>(dirFd: number, path: string, action: (fd: number) => T): T {
  const fd = openAt(dirFd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return action(fd);
  } finally {
    closeFd(fd);
  }
}

function removeAt(dirFd: number, name: string): void {
  for (let tries = 1; ; tries++) {
    const isOther = unless(["EISDIR"], () => unlinkAt(dirFd, name)) !== undefined;
    if (isOther) return;
    try {
      within(dirFd, name, (fd) => {
        for (const entry of readdirAt(fd, ".")) removeAt(fd, entry);
      });
      return rmdirAt(dirFd, name);
    } catch (error) {
      if (!(error instanceof SystemError && PASSING.includes(error.code)) || tries === TRIES) throw error;
    }
  }
}

/** The directory has been made for us alone; it gets its owner and its mode when all is in it. */
function fillDirectory(source: number, dirFd: number, name: string): void {
  within(dirFd, name, (target) => {
    for (const entry of readdirAt(source, ".")) copyEntry(source, entry, target);
  });
  keepRights(dirFd, name, statOf(source, name));
}

function copyEntry(source: number, name: string, target: number): void {
  const found = lstatAt(source, name);
  if (found === undefined) return; // removed in between
  switch (found.mode & S_IFMT) {
    case S_IFDIR:
      return within(source, name, (fd) => {
        mkdirAt(target, name, 0o700);
        fillDirectory(fd, target, name);
      });
    case S_IFLNK:
      symlinkAt(readlinkAt(source, name), target, name);
      return void keepOwner(target, name, found);
    case S_IFREG:
      return copyFile(source, name, target);
    default:
      mknodAt(target, name, (found.mode & S_IFMT) | 0o600, found.rdev);
      return keepRights(target, name, found);
  }
}

function copyFile(source: number, name: string, target: number): void {
  const from = openAt(source, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = statOf(from, name);
    if ((found.mode & S_IFMT) !== S_IFREG) throw new SystemError("copy", name, "EINVAL"); // it is not what it was
    const to = openAt(target, name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      pour(from, to);
    } finally {
      closeFd(to);
    }
    keepRights(target, name, found);
  } finally {
    closeFd(from);
  }
}

function pour(from: number, to: number): void {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let count = readFd(from, buffer); count !== 0 && count !== "again"; count = readFd(from, buffer)) {
    for (let written = 0; written < count; ) {
      const more = writeFd(to, buffer.subarray(written, count));
      if (more !== "again") written += more;
    }
  }
}

function statOf(fd: number, name: string): FileStat {
  const found = statFd(fd);
  if (found === undefined) throw new SystemError("stat", name, "ENOENT");
  return found;
}

/** A program that belongs to somebody else now must not run as that one. */
function keepRights(dirFd: number, name: string, found: FileStat): void {
  const kept = keepOwner(dirFd, name, found);
  const lost = (kept.uid ? 0 : SETUID) | (kept.gid ? 0 : SETGID);
  chmodAt(dirFd, name, found.mode & 0o7777 & ~lost);
}

function keepOwner(dirFd: number, name: string, { uid, gid }: FileStat): { readonly uid: boolean; readonly gid: boolean } {
  const give = (newUid: number, newGid: number): boolean =>
    unless(["EPERM", "EINVAL"], () => {
      lchownAt(dirFd, name, newUid, newGid);
      return true;
    }) === true;
  if (give(uid, gid)) return { uid: true, gid: true };
  return { uid: false, gid: give(-1, gid) };
}
