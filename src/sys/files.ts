import { constants } from "node:fs";
import { constants as os } from "node:os";
import type { Bytes } from "../formats/bytes.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { check, checked, unless } from "./errors.ts";

/**
 * Files by directory descriptor and name; AT_FDCWD names the working directory. The calls throw SystemError. Paths
 * are UTF-8, or bytes; a NUL in one is EINVAL.
 */
export { AT_FDCWD };

const { O_CREAT, O_EXCL, O_NONBLOCK, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const { EACCES, EAGAIN, EINTR, ENOENT } = os.errno;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EACCESS = 0x200;
const AT_EMPTY_PATH = 0x1000;

/** Repeats what a signal has interrupted: whoever wants to hear of signals polls for them. */
export function uninterrupted(call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -EINTR) return result;
  }
}

/** Absence is the usual answer for most files of a service directory: no exception is made of it, that costs 15 µs. */
const absent = <T, R>(result: T, otherwise: (result: T) => R): R | undefined =>
  (result as unknown) === -ENOENT ? undefined : otherwise(result);

/** Always close-on-exec. */
export const openAt = (dirFd: number, path: Bytes, flags: number, mode = 0o666): number =>
  check(uninterrupted(() => addon.open(dirFd, path, flags, mode)), "open", path);

/** Opens; a file that is made by it gets exactly this mode, whatever the umask (which all threads share). */
export function openCreating(dirFd: number, path: string, flags: number, mode: number): number {
  for (;;) {
    const made = unless(["EEXIST"], () => openAt(dirFd, path, flags | O_CREAT | O_EXCL, mode));
    if (made !== undefined) {
      chmodAt(dirFd, path, mode);
      return made;
    }
    // Somebody may have removed it in between.
    const found = unless(["ENOENT"], () => openAt(dirFd, path, flags));
    if (found !== undefined) return found;
  }
}

/** Linux gives the descriptor back even when it reports an error of the last write. */
export const closeFd = (fd: number): void => void check(addon.close(fd), "close");

/** How many bytes came, 0 at the end of the file, "again" when none are there now (non-blocking). */
export function readFd(fd: number, into: Uint8Array): number | "again" {
  const count = uninterrupted(() => addon.read(fd, into));
  return count === -EAGAIN ? "again" : check(count, "read");
}

/** One write: how many bytes went, "again" when none could (non-blocking). */
export function writeFd(fd: number, bytes: Uint8Array): number | "again" {
  const count = uninterrupted(() => addon.write(fd, bytes));
  return count === -EAGAIN ? "again" : check(count, "write");
}

/** At most `maxBytes` of a file; undefined when there is none. */
export const readFileAt = (dirFd: number, path: Bytes, maxBytes: number): Uint8Array | undefined =>
  absent(addon.readFile(dirFd, path, maxBytes), (result) => checked(result, "read", path));

/** Readers see the old content or the new, never a part (s6: `path.new`, then rename; no fsync). */
export const replaceFileAt = (dirFd: number, path: string, bytes: Uint8Array): void =>
  void check(addon.replaceFile(dirFd, path, bytes), "write", path);

/** Makes an empty file, or empties it. */
export const touchAt = (dirFd: number, path: string, mode = 0o666): void =>
  closeFd(openAt(dirFd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, mode));

export const mkdirAt = (dirFd: number, path: Bytes, mode: number): void =>
  void check(addon.mkdir(dirFd, path, mode), "mkdir", path);

/** A FIFO of exactly this mode, whatever the umask. */
export function mkfifoAt(dirFd: number, path: Bytes, mode: number): void {
  check(addon.mkfifo(dirFd, path, mode), "mkfifo", path);
  chmodAt(dirFd, path, mode);
}

/** What is neither a file nor a directory nor a link; `mode` has the type, too. */
export const mknodAt = (dirFd: number, path: string, mode: number, rdev: number): void =>
  void check(addon.mknod(dirFd, path, mode, rdev), "mknod", path);

/** False when there was nothing to remove. */
export const unlinkAt = (dirFd: number, path: Bytes): boolean =>
  absent(addon.unlink(dirFd, path, 0), (result) => check(result, "unlink", path)) !== undefined;

export const rmdirAt = (dirFd: number, path: string): void =>
  void check(addon.unlink(dirFd, path, AT_REMOVEDIR), "rmdir", path);

export const renameAt = (dirFd: number, from: string, to: string): void =>
  void check(addon.rename(dirFd, from, to), "rename", from);

export const symlinkAt = (target: string, dirFd: number, path: string): void =>
  void check(addon.symlink(target, dirFd, path), "symlink", path);

export const readlinkAt = (dirFd: number, path: string): string =>
  checked<string>(addon.readlink(dirFd, path), "readlink", path);

export const chmodAt = (dirFd: number, path: Bytes, mode: number): void =>
  void check(addon.chmod(dirFd, path, mode), "chmod", path);

/** -1 leaves an id as it is. */
export const chownAt = (dirFd: number, path: Bytes, uid: number, gid: number): void =>
  void check(addon.chown(dirFd, path, uid, gid, 0), "chown", path);

/** The same of a symbolic link itself. */
export const lchownAt = (dirFd: number, path: string, uid: number, gid: number): void =>
  void check(addon.chown(dirFd, path, uid, gid, AT_SYMLINK_NOFOLLOW), "chown", path);

/** Is there something under this name (links followed)? */
export const exists = (dirFd: number, path: Bytes): boolean =>
  absent(addon.access(dirFd, path, constants.F_OK, AT_EACCESS), (result) => check(result, "access", path)) !== undefined;

/** May the process, with its effective ids, read and write it? @throws SystemError if not */
export const checkReadWrite = (path: string): void => void check(addon.access(AT_FDCWD, path, constants.R_OK | constants.W_OK, AT_EACCESS), "open", path);

/** May this process, with its effective ids, execute it? False when it is not there. */
export const isExecutable = (dirFd: number, path: Bytes): boolean =>
  unless(["ENOENT", "EACCES"], () => check(addon.access(dirFd, path, constants.X_OK, AT_EACCESS), "access", path)) !== undefined;

/** access(2), which asks for the real ids; false, too, where it is not there. */
export function mayAccessAt(dirFd: number, path: Bytes, right: "exists" | "read"): boolean {
  const result = addon.access(dirFd, path, right === "read" ? constants.R_OK : constants.F_OK, 0);
  if (result === -ENOENT || result === -EACCES) return false;
  return check(result, "access", path) === 0;
}

export interface FileStat {
  /** Type and permissions, as in stat(2). */
  readonly mode: number;
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly rdev: number;
  readonly isDirectory: boolean;
  readonly isFifo: boolean;
  readonly isFile: boolean;
  readonly isSocket: boolean;
}

/** undefined when there is nothing: an answer, not an exception, because a scan asks it for every log directory. */
function statWith(dirFd: number, path: Bytes, flags: number): FileStat | undefined {
  const out = new Float64Array(8);
  const result = addon.stat(dirFd, path, flags, out);
  if (result === -ENOENT) return undefined;
  check(result, "stat", path);
  const [mode = 0, dev = 0, ino = 0, uid = 0, gid = 0, size = 0, mtimeSeconds = 0, rdev = 0] = out;
  const type = mode & constants.S_IFMT;
  return {
    mode, dev, ino, uid, gid, size, mtimeSeconds, rdev,
    isDirectory: type === constants.S_IFDIR,
    isFifo: type === constants.S_IFIFO,
    isFile: type === constants.S_IFREG,
    isSocket: type === constants.S_IFSOCK,
  };
}

export const statAt = (dirFd: number, path: Bytes): FileStat | undefined => statWith(dirFd, path, 0);
export const lstatAt = (dirFd: number, path: string): FileStat | undefined => statWith(dirFd, path, AT_SYMLINK_NOFOLLOW);
/** Of an open descriptor. */
export const statFd = (fd: number): FileStat | undefined => statWith(fd, "", AT_EMPTY_PATH);

/** Is what is open here the file of that name? */
export function isSameFile(fd: number, dirFd: number, path: string): boolean {
  const [open, named] = [statFd(fd), statAt(dirFd, path)];
  return open !== undefined && named !== undefined && open.dev === named.dev && open.ino === named.ino;
}

/** False, too, when there is nothing. */
export const isDirectory = (dirFd: number, path: string): boolean => statAt(dirFd, path)?.isDirectory ?? false;

/** Without . and .., in the order of the directory. */
export const readdirAt = (dirFd: number, path: string): string[] =>
  checked<string[]>(addon.readdir(dirFd, path), "readdir", path);

export const fsyncFd = (fd: number): void => void check(addon.fsync(fd), "fsync");
export const truncateFd = (fd: number, size: number): void => void check(addon.ftruncate(fd, size), "ftruncate");

export const isOpen = (fd: number): boolean => addon.getfd(fd) >= 0;
export const setCloexec = (fd: number, on: boolean): void => void check(addon.setCloexec(fd, on), "fcntl");
/** Every holder of the open file description gets it. True when it was so before. */
export const setNonblock = (fd: number, on: boolean): boolean => check(addon.setNonblock(fd, on), "fcntl") === 1;
/** Non-blocking from now on; what it answers gives it back as it was, once: others may have it, too. */
export function borrowNonblocking(fd: number): () => void {
  let isChanged = !setNonblock(fd, true);
  return () => {
    if (isChanged) setNonblock(fd, false);
    isChanged = false;
  };
}
/** A copy, close-on-exec, with a number not below `lowest`. */
export const dupFd = (fd: number, lowest = 0): number => check(addon.dup(fd, lowest), "dup");
/** `to` becomes a copy of `from`, not close-on-exec. */
export const dupOnto = (from: number, to: number): void => void check(uninterrupted(() => addon.dup2(from, to)), "dup2");

/** [read end, write end], both close-on-exec. */
export function pipe(nonblocking = false): [readEnd: number, writeEnd: number] {
  const out = new Int32Array(2);
  check(addon.pipe(nonblocking ? O_NONBLOCK : 0, out), "pipe");
  return [out[0] ?? -1, out[1] ?? -1];
}

let nullFd: number | undefined;

/** /dev/null for reading and writing, open as long as this thread's modules live: not to be closed. */
export function devNull(): number {
  nullFd ??= openAt(AT_FDCWD, "/dev/null", O_RDWR);
  return nullFd;
}
