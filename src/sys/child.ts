import type { WaitStatus } from "../formats/wait-status.ts";
import { AT_FDCWD } from "./addon.ts";
import { type CompiledChain, spawnCompiled } from "./compiled-chain.ts";
import { SystemError } from "./errors.ts";
import { alongPath, DEFAULT_PATH } from "./exec.ts";
import { closeFd, isOpen, setCloexec } from "./files.ts";
import { launch } from "./launch.ts";
import { pollReadable } from "./poller.ts";
import { spawn, spawnFlags, spawnOut, waitPidfd } from "./process.ts";

/** A child of a short-lived program. */
export interface Child {
  readonly pid: number;
  /** Readable when it is dead. */
  readonly pidfd: number;
  /** Blocks until it is dead. */
  wait(): WaitStatus;
}

export interface FdMove {
  readonly from: number;
  /** Its number in the child. */
  readonly to: number;
}

/**
 * Starts a program as posix_spawnp(3) does, with those of 0, 1, 2 that we were started with, and `more`.
 * @throws SystemError whose syscall is clone, dup2 or exec
 */
export function spawnChild(file: string, argv: readonly string[], more: readonly FdMove[] = []): Child {
  for (const fd of launch.closed) setCloexec(fd, true);
  const map = new Map([0, 1, 2].filter((fd) => !launch.closed.includes(fd)).map((fd) => [fd, fd]));
  for (const { from, to } of more) map.set(to, from);
  const start = (path: string): Child => started(file, (out) => spawn(AT_FDCWD, path, argv, map, 0, out));
  return firstThatStarts(file, process.env["PATH"], start);
}

/**
 * Starts a compiled chain. `descriptors`: all that the child has, its number → ours. An orphan is nobody's child: whoever we
 * become has no zombie to reap, and its pidfd is -1.
 * @throws SystemError whose syscall is clone, dup2 or exec
 */
export function spawnChain(chain: CompiledChain, descriptors: ReadonlyMap<number, number>, isOrphan: boolean): Child {
  // The chain may have closed it, or Node have something there.
  for (const fd of [0, 1, 2]) if (!descriptors.has(fd) && isOpen(fd)) setCloexec(fd, true);
  const flags = spawnFlags({ setsid: false, newPidNamespace: false, isOrphan });
  return started(chain.end.argv[0] ?? "", (out) => spawnCompiled(AT_FDCWD, chain, descriptors, flags, out));
}

function firstThatStarts(file: string, path: string | undefined, start: (path: string) => Child): Child {
  let child: Child | undefined;
  let syscall = "exec";
  const failure = alongPath(file, "here", (candidate) => {
    try {
      child = start(candidate);
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      ({ syscall } = error);
      return error.code;
    }
  }, path ?? DEFAULT_PATH);
  if (child === undefined) throw new SystemError(syscall, file, failure ?? "ENOENT");
  return child;
}

function started(file: string, start: (out: Int32Array) => void): Child {
  const out = spawnOut();
  start(out);
  const [pid = -1, pidfd = -1] = out;
  return {
    pid,
    pidfd,
    wait() {
      pollReadable([pidfd], undefined);
      const status = waitPidfd(pidfd);
      if (typeof status === "string") throw new SystemError("waitid", file, "ECHILD");
      closeFd(pidfd);
      return status;
    },
  };
}
