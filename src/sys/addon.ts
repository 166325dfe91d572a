import { existsSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import type { Bytes } from "../formats/bytes.ts";
import type { SocketAddon } from "./addon-sockets.ts";
import { packageRoot } from "./package-root.ts";

/**
 * Everything that native/ offers, in the order of native/src/addon.cc. Numbers, strings and bytes in; a result ≥ 0 or
 * -errno out; no defaults and no policy here. Only src/sys calls it. `dirFd` is a directory descriptor or AT_FDCWD.
 */
export interface Addon extends SocketAddon {
  // -- process.cc ----------------------------------------------------------------------------------------------
  /**
   * Process-wide, once, by the main thread before any spawn or exec: what children and exec'ed programs get back.
   * `softNofile` -1 = leave as it is. `ignored`: signals left ignored (never SIGPIPE). `inherit`: descriptors ≥ 3
   * that the process was born with and that must leak through. `environ`: NAME=VALUE strings; null = the environment
   * of the process as it is now, byte by byte.
   */
  configure(softNofile: number, ignored: Int32Array, inherit: Int32Array, environ: readonly Bytes[] | null): void;
  /** What children get, NAME=VALUE, a character per byte. */
  environment(): string[];
  /** Another number after each configure(). */
  settingsVersion(): number;
  /** The soft RLIMIT_NOFILE that children get: as configured, else that of this process. -1 stands for infinity. */
  childNofile(): number;
  /** Raw wait status, -EAGAIN while it lives, -ECHILD when it is not ours. waitid(P_PIDFD), any thread's child. */
  waitPidfd(pidfd: number): number;
  /** One dead child of this thread (__WNOTHREAD): its pid, 0 if none is dead, -errno. out[0] = raw wait status. */
  reap(out: Int32Array): number;
  pidfdOpen(pid: number): number;
  /** 1: out = the inode in two halves, low first; 0: this kernel has none. */
  pidfdInode(pidfd: number, out: Uint32Array): number;
  /** Raw wait status of a dead process that its parent has waited for, -EAGAIN before, another -errno on old kernels. */
  pidfdStatus(pidfd: number): number;
  /** kill(2): a negative pid names a process group. */
  kill(pid: number, signal: number): number;
  pidfdKill(pidfd: number, signal: number): number;
  setSubreaper(): number;
  /** PR_SET_NAME of the calling thread: what ps and pgrep show. */
  setName(name: string): number;
  /** out = [soft, hard]; -1 stands for infinity. */
  getNofile(out: Float64Array): number;
  setNofile(soft: number): number;
  umask(mask: number): number;
  /** _exit(2): of the whole process, whichever thread asks. */
  exitNow(code: number): never;
  fchdir(fd: number): number;
  chdir(path: Bytes): number;
  /** The path, or -errno. */
  getcwd(): Uint8Array | number;
  /** out = [Unix seconds, nanoseconds, monotonic milliseconds with a fraction]. */
  clock(out: Float64Array): void;
  getuid(): number;
  getgid(): number;
  geteuid(): number;
  getegid(): number;
  /** Of all threads, or of the one that asks. */
  setgroups(groups: Uint32Array, all: boolean): number;
  setgid(gid: number, all: boolean): number;
  setuid(uid: number, all: boolean): number;

  // -- census.cc -----------------------------------------------------------------------------------------------
  /** How many processes are in one of these groups or sessions; out gets as many pids as fit. */
  groupMembers(groups: Int32Array, out: Int32Array): number;
  /** The group that the process of the pidfd led, which may be gone: -ESRCH no member, -EINVAL before Linux 6.9. */
  killGroup(pidfd: number, signal: number): number;
  /** Now, as start times in /proc/PID/stat are told. */
  bootTicks(): number;

  // -- session.cc ----------------------------------------------------------------------------------------------
  setsid(): number;
  setpgid(pid: number, group: number): number;
  /** shield: SIGTTOU, which stops whoever is in the background, does nothing meanwhile. */
  tcsetpgrp(fd: number, group: number, shield: boolean): number;

  // -- limits.cc -----------------------------------------------------------------------------------------------
  /** out = [soft, hard]; 2^64-1 = unlimited. */
  getLimit(resource: number, out: BigUint64Array): number;
  setLimit(resource: number, limit: BigUint64Array): number;

  // -- spawn.cc ------------------------------------------------------------------------------------------------
  /**
   * Starts `file` (relative to dirFd, no PATH search) with the environment given to configure(). fdMap = pairs
   * source, target; 0, 1, 2 stay as they are unless they are among the targets. flags: SPAWN_*. Answers the pid, or -errno of the stage that
   * failed. out[0] = pid (stored before the call returns, so that a shared array keeps it whatever happens next),
   * out[1] = pidfd (CLOEXEC), out[2] = stage (0 clone, 1 chdir, 2 descriptors, 3 exec). environ: instead of the
   * configured one. chain and texts: a compiled chain (chain/chain.h) instead of file, argv and environ. With SPAWN_ORPHAN there is no pidfd (-1): the process has no parent that waits for it.
   */
  spawn(
    dirFd: number, file: Bytes, argv: readonly Bytes[], fdMap: Int32Array, flags: number, out: Int32Array,
    environ: readonly Bytes[] | null, chain: Int32Array | null, texts: Uint8Array | null,
  ): number;
  /**
   * Several compiled chains at once: none waits until another is executed. fdMaps = [pairs, source, target, ...] of each; chains =
   * words and texts of each; out = [pid, pidfd, stage] and results = [pid or -errno] of each. -errno: none was started.
   */
  spawnAll(dirFd: number, fdMaps: Int32Array, chains: readonly (Int32Array | Uint8Array)[], out: Int32Array, results: Int32Array): number;

  // -- exec.cc -------------------------------------------------------------------------------------------------
  /**
   * Replaces the process: dispositions default (ignored ones as configured), the mask, RLIMIT_NOFILE back,
   * CLOEXEC cleared on 0, 1, 2, `keep` and the inherited descriptors. argv[0] is free. environ null = configured.
   * limits: [resource, soft, hard] each, the last thing that is done. blocked: the signals of the mask.
   * Only ever returns -errno. `file` must be a path: PATH search is src/sys/exec.ts's.
   */
  execve(
    file: Bytes,
    argv: readonly Bytes[],
    environ: readonly Bytes[] | null,
    keep: Int32Array,
    limits: BigUint64Array,
    blocked: Int32Array,
  ): number;

  // -- files.cc ------------------------------------------------------------------------------------------------
  open(dirFd: number, path: Bytes, flags: number, mode: number): number;
  close(fd: number): number;
  read(fd: number, into: Uint8Array): number;
  write(fd: number, bytes: Uint8Array): number;
  /** Whole file up to maxBytes, opened O_NONBLOCK|O_CLOEXEC. */
  /** Two words for each name, of what stat tells: 1 = not there, 0 = it says nothing (changed a moment ago). */
  stamps(dirFd: number, names: readonly Bytes[], out: Uint32Array): number;
  digests(dirFd: number, names: readonly string[], out: Uint32Array): number;
  readFile(dirFd: number, path: Bytes, maxBytes: number): Uint8Array | number;
  /** path.new, write all, rename onto path; the .new is removed on failure. Mode 0666 & ~umask. No fsync. */
  replaceFile(dirFd: number, path: string, bytes: Uint8Array): number;
  mkdir(dirFd: number, path: Bytes, mode: number): number;
  mkfifo(dirFd: number, path: Bytes, mode: number): number;
  /** `mode` has the type, too. */
  mknod(dirFd: number, path: string, mode: number, rdev: number): number;
  unlink(dirFd: number, path: Bytes, flags: number): number;
  rename(dirFd: number, from: string, to: string): number;
  symlink(target: string, dirFd: number, path: string): number;
  readlink(dirFd: number, path: string): string | number;
  chmod(dirFd: number, path: Bytes, mode: number): number;
  /** flags: AT_SYMLINK_NOFOLLOW. */
  chown(dirFd: number, path: Bytes, uid: number, gid: number, flags: number): number;
  /** mode: 0 exists, 1 execute, 2 write, 4 read. flags: AT_EACCESS for the effective ids. */
  access(dirFd: number, path: Bytes, mode: number, flags: number): number;
  /** out = [mode, dev, ino, uid, gid, size, mtime seconds, rdev]. flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
  stat(dirFd: number, path: Bytes, flags: number, out: Float64Array): number;
  /** 1: it is a terminal. */
  isatty(fd: number): number;
  /** Names without . and .., directory order, from a fresh open of `path`. */
  readdir(dirFd: number, path: string): string[] | number;
  fsync(fd: number): number;
  ftruncate(fd: number, size: number): number;
  /** fcntl F_GETFD: is the descriptor open? ≥ 0 or -EBADF. */
  getfd(fd: number): number;
  setCloexec(fd: number, on: boolean): number;
  /** 1: it was before. */
  setNonblock(fd: number, on: boolean): number;
  dup(fd: number, lowest: number): number;
  dup2(from: number, to: number): number;
  /** out = [read end, write end], both CLOEXEC; flags O_NONBLOCK or 0. */
  pipe(flags: number, out: Int32Array): number;

  // -- lock.cc: open-file-description locks, seen by the C tools' classic ones and the other way round -----------
  /** Would a shared lock conflict? 1 held by somebody, 0 free, -errno. */
  testLock(fd: number): number;
  /** kind: 0 shared, 1 exclusive, 2 none; start and length 0: the whole file. Not blocking: 1 done, 0 somebody else's, -errno. */
  lockRange(fd: number, kind: number, start: number, length: number): number;
  /** Waits on a thread of its own: 0, and then done(1) or done(-errno); or -errno. */
  lockRangeLater(fd: number, kind: number, start: number, length: number, done: (result: number) => void): number;
  /** Answers where it is held; takes the descriptor over. */
  holdLock(fd: number): number;
  dropLock(held: number): number;

  // -- record-lock.cc: classic ones, of the process ----------------------------------------------------------------
  /** Whole file. ms 0 = at once or not, -1 = wait without limit: 1 taken, 0 not, -errno. */
  lockRecord(fd: number, isShared: boolean, ms: number): number;

  // -- memory.cc -------------------------------------------------------------------------------------------------
  /** The file as memory, shared with everybody who maps it; it grows to `size`. */
  mapFile(fd: number, size: number): ArrayBuffer | number;
  /** A file that lies in memory and has no page yet; close-on-exec. */
  memoryFile(name: string, size: number): number;
  /** A part of a file that is long enough; offset and size are multiples of a page. */
  mapPart(fd: number, offset: number, size: number): ArrayBuffer | number;
  /** Gives the pages of a part back: it is zeros then. */
  giveBack(fd: number, offset: number, size: number): number;

  // -- fifodir.cc ----------------------------------------------------------------------------------------------
  /** Sends letters to every subscriber of the fifodir, one write each, stale ones removed. Count of notified, -errno. */
  notify(dirFd: number, path: string, letters: string): number;
  /** Removes stale subscribers. Count removed, -errno. */
  cleanFifodir(dirFd: number, path: string): number;

  // -- poller.cc: one epoll set per thread, inside that thread's own event loop -----------------------------------
  /** ready: [token, events] pairs, `count` of them, in the order of ascending token. `this` means nothing. */
  pollerStart(ready: Int32Array, callback: (count: number) => void): number;
  pollerStop(): void;
  pollerAdd(fd: number, events: number, token: number): number;
  pollerRemove(fd: number): number;
  /** Blocking poll(2) for programs without an event loop. fds = [fd, events, revents] triples; -1 = no limit. */
  poll(fds: Int32Array, timeoutMs: number): number;

  // -- signals.cc ----------------------------------------------------------------------------------------------
  /**
   * Process-wide handlers that write the signal's number, one byte each, into a non-blocking pipe; answers its read
   * end. A second call adds to the set and answers the same descriptor.
   */
  trapSignals(signals: Int32Array): number;
  /** Back to the default disposition. */
  untrapSignals(signals: Int32Array): number;

  // -- regex.cc ------------------------------------------------------------------------------------------------
  /** A handle, or the message of regerror. flags: regex.ts. NUL ends the pattern. */
  regexCompile(pattern: Uint8Array | string, flags: number): object | string;
  regexSelect(handle: object, bytes: Uint8Array, offsets: Int32Array, count: number, selected: Uint8Array, value: number): number;
  /** [start, end) of the leftmost match as start * 2^24 + end, or -1; NUL ends the text. -E2BIG from 16 MiB on. */
  regexExec(handle: object, text: Uint8Array | string): number;
  /** How many [start, end) out got: of the match, of each group (-1: it took no part). 0: no match. -E2BIG as above. */
  regexGroups(handle: object, text: Uint8Array | string, out: number[]): number;

  // -- patterns.cc ---------------------------------------------------------------------------------------------
  /** flags: patterns.ts. Empty: none matches. -EIO: aborted. What can't be read is told in `troubles`. */
  glob(pattern: Uint8Array | string, flags: number, troubles: GlobTrouble[]): Uint8Array[] | number;
  /** flags: patterns.ts. 1, 0; NUL ends both. */
  fnmatch(pattern: Uint8Array | string, text: Uint8Array | string, flags: number): number;

  // -- lines.cc ------------------------------------------------------------------------------------------------
  /** [from, to) of each line that a newline ends; how many, or -E2BIG. */
  lineOffsets(bytes: Uint8Array, from: number, to: number, offsets: Int32Array): number;
  /** `before`, line and newline of each selected line (an empty list: all) into `into` at `at`; the end, or -E2BIG. */
  gatherLines(bytes: Uint8Array, offsets: Int32Array, count: number, selected: Uint8Array, before: Uint8Array, into: Uint8Array, at: number): number;

  // -- rights.cc -----------------------------------------------------------------------------------------------
  /** 1: by mode, all on the way is searchable and these files of the directory (none: the file itself) are readable. */
  mayRead(dirFd: number, path: Bytes, names: readonly Bytes[], ids: Uint32Array): number;

  // -- users.cc (libc, so NSS works) -----------------------------------------------------------------------------
  userByName(name: string): UserEntry | null;
  userById(uid: number): UserEntry | null;
  groupByName(name: string): GroupEntry | null;
  groupById(gid: number): GroupEntry | null;
  /** Ids of every group whose member list names the account, in database order (not the primary one). */
  groupsOf(name: string): number[];

  // -- waiter.cc: an epoll set that its thread waits for by itself -------------------------------------------------
  waiterCreate(): number;
  waiterAdd(waiter: number, fd: number, events: number, token: number): number;
  waiterRemove(waiter: number, fd: number): number;
  /** How many tokens, ascending; 0 when the time is over or a signal came. ms -1: no limit. */
  waiterWait(waiter: number, ms: number, tokens: Int32Array): number;
}

export interface UserEntry { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string; readonly shell: string }
export interface GroupEntry { readonly name: string; readonly gid: number }

/** A directory, and why it can't be read. */
export interface GlobTrouble { readonly path: Uint8Array; readonly errno: number }

export const AT_FDCWD = -100;
export const SPAWN_SETSID = 1;
export const SPAWN_NEWPID = 2;
export const SPAWN_ORPHAN = 4;

const path = join(packageRoot, "dist", "native", "addon.node");

/** What the launcher leaves in the environment of our programs: no other process is ours to end, and no other thread. */
export const LAUNCH_VARIABLE = "S6_ACTORS_LAUNCH";

function load(): Addon {
  try {
    const holder: { exports: unknown } = { exports: {} };
    process.dlopen(holder, path); // what require() does, without node:module, which costs every program 0.2 ms
    return holder.exports as Addon;
  } catch (error) {
    const reason = existsSync(path) ? String(error) : "it is missing, run npm run build";
    const message = `unable to load ${path}: ${reason}`;
    if (process.env[LAUNCH_VARIABLE] === undefined) throw new Error(message, { cause: error });
    // Node would exit 1, which is an answer of some programs.
    writeSync(2, `${basename(process.argv[1] ?? "", ".cjs")}: fatal: ${message}\n`);
    process.exit(111);
  }
}

export const addon: Addon = load();
