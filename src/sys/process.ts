import { type Bytes, textOf } from "../formats/bytes.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { readFileSync } from "node:fs";
import { constants as os } from "node:os";
import { addon, SPAWN_NEWPID, SPAWN_ORPHAN, SPAWN_SETSID } from "./addon.ts";
import { check, errorCode, SystemError } from "./errors.ts";
import "./launch.ts";

const { EAGAIN, ECHILD } = os.errno;

/** [pid, pidfd, stage]: may be a part of shared memory, so that another thread finds the child whatever happens. */
export type SpawnOut = Int32Array;
export const spawnOut = (): SpawnOut => new Int32Array(3);

export interface SpawnWish {
  /** Leader of a new session and process group. */
  readonly setsid: boolean;
  /** First process of a new pid namespace. */
  readonly newPidNamespace: boolean;
  /** Not our child: of whoever takes orphans. */
  readonly isOrphan?: boolean;
}

export const spawnFlags = ({ setsid, newPidNamespace, isOrphan = false }: SpawnWish): number =>
  (setsid ? SPAWN_SETSID : 0) | (newPidNamespace ? SPAWN_NEWPID : 0) | (isOrphan ? SPAWN_ORPHAN : 0);

/** What failed, by stage. */
export const STAGES = ["clone", "chdir", "dup2", "exec"] as const;

/**
 * Starts `file`, relative to dirFd, no PATH search. `map`: descriptor in the child → descriptor here. Those of 0, 1, 2
 * that are not in it go along unless they are close-on-exec. Blocks until the exec is done, so a failure of it is thrown here.
 *
 * @returns the pid; `out` has it too, with the pidfd (close-on-exec, the caller's to close).
 * @throws SystemError whose syscall is clone, chdir, dup2 or exec.
 */
export function spawn(
  dirFd: number,
  file: Bytes,
  argv: readonly Bytes[],
  map: ReadonlyMap<number, number>,
  flags: number,
  out: SpawnOut,
  environment: readonly Bytes[] | null = null,
): number {
  const pairs = Int32Array.from(Array.from(map, ([target, source]) => [source, target]).flat());
  const result = addon.spawn(dirFd, file, argv, pairs, flags, out, environment, null, null);
  if (result < 0) throw new SystemError(STAGES[out[2] ?? 0] ?? "spawn", textOf(file), errorCode(-result));
  return result;
}

/** The status of a child of any thread, once. "not ours": it is no child, or somebody has reaped it. */
export function waitPidfd(pidfd: number): WaitStatus | "running" | "not ours" {
  const status = addon.waitPidfd(pidfd);
  if (status === -EAGAIN) return "running";
  if (status === -ECHILD) return "not ours";
  return check(status, "waitid");
}

export interface Dead {
  readonly pid: number;
  readonly waitStatus: WaitStatus;
}

const reaped = new Int32Array(1);

/** One dead child of this thread; orphans of a subreaper or of pid 1 are children of the main thread. */
export function reap(): Dead | undefined {
  const dead = reapAny();
  return typeof dead === "string" ? undefined : dead;
}

/** The same for whoever waits for them all. */
export function reapAny(): Dead | "all alive" | "no children" {
  const pid = addon.reap(reaped);
  if (pid === -ECHILD) return "no children";
  if (pid === 0) return "all alive";
  check(pid, "wait");
  return { pid, waitStatus: reaped[0] ?? 0 };
}

/** How a process ended that is not our child: "unknown" before its parent has waited for it, and on kernels below 6.15. */
export function pidfdStatus(pidfd: number): WaitStatus | "unknown" {
  const status = addon.pidfdStatus(pidfd);
  return status < 0 ? "unknown" : status;
}

export const pidfdOpen = (pid: number): number => check(addon.pidfdOpen(pid), "pidfd_open");
/** A negative pid names a process group. */
export const kill = (pid: number, signal: number): void => void check(addon.kill(pid, signal), "kill");
export const pidfdKill = (pidfd: number, signal: number): void => void check(addon.pidfdKill(pidfd, signal), "kill");

/** undefined when there is no such process. Field 4 of /proc/PID/stat; the name before it may hold anything. */
export function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ")[0]);
  } catch {
    return undefined;
  }
}

/** Orphaned descendants become children of the main thread. */
export const setSubreaper = (): void => void check(addon.setSubreaper(), "prctl");
/** What ps shows for the calling thread, at most 15 bytes. */
export const setName = (name: string): void => void check(addon.setName(name), "prctl");

export interface FileLimit {
  readonly soft: number;
  readonly hard: number;
}

/** Open files of this process; Infinity = unlimited. */
export function nofile(): FileLimit {
  const out = new Float64Array(2);
  check(addon.getNofile(out), "getrlimit");
  const limit = (value = -1): number => (value < 0 ? Number.POSITIVE_INFINITY : value);
  return { soft: limit(out[0]), hard: limit(out[1]) };
}

/** Above the hard limit it raises that, too, for this process only: children get back what we were started with. */
export const setSoftNofile = (soft: number): void =>
  void check(addon.setNofile(Number.isFinite(soft) ? soft : -1), "setrlimit");

/** Node raises its own limit; this is what children get. Infinity = unlimited. */
export function softNofileOfChildren(): number {
  const soft = addon.childNofile();
  return soft < 0 ? Number.POSITIVE_INFINITY : soft;
}

/**
 * The end of the process, at once. process.exit() waits for threads that compile, and one of them may be waiting for a garbage
 * collection by this thread: Node 26 was seen to hang there, once in 100 times after much work. What it had to say it has written.
 */
export function exitNow(code: number): never {
  return addon.exitNow(code);
}

export const umask = (mask: number): number => addon.umask(mask);
/** The working directory of the process: the one that is open here. */
export const fchdir = (fd: number): void => void check(addon.fchdir(fd), "fchdir");
export const getuid = (): number => addon.getuid();
export const getgid = (): number => addon.getgid();
export const geteuid = (): number => addon.geteuid();
export const getegid = (): number => addon.getegid();
