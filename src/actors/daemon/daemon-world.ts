import type { WaitStatus } from "../../formats/wait-status.ts";
import type { Birth } from "../../sys/births.ts";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import type { SystemError } from "../../sys/errors.ts";
import type { Watcher } from "../watcher.ts";

/**
 * What a daemon of ours works with, be it a process of its own (own-world.ts), or one of many in a host, where a thin process
 * has the pid, the signals and the children (hosted-world.ts).
 */
export interface DaemonWorld {
  readonly watcher: Watcher;
  /** Ours for the number 0, 1 or 2 of the daemon; -1: it was started without. */
  fd(number: 0 | 1 | 2): number;
  /** Answers how to have it not. */
  after(ms: number, then: () => void): () => void;
  /** A whole line, or several; never waited for longer than the daemon by itself would. */
  stderr(text: string): void;
  /** The number leads nowhere from now on, for the process that people see, too. */
  close(number: 0 | 1 | 2): void;
  /** For good. */
  exit(code: number): void;
}

/** Who hears of a child. One of `started` and `failed` comes first, perhaps before spawn() returns. */
export interface ChildEars {
  started(pid: number): void;
  /** Its syscall is clone, dup2 or exec. */
  failed(error: SystemError): void;
  ended(status: WaitStatus): void;
}

export interface ChildWish extends Birth {
  readonly tag: number;
  readonly ears: ChildEars;
}

/** A daemon that has children. */
export interface ParentWorld extends DaemonWorld {
  /**
   * `descriptors`: all that the child has, its number → ours; they may be closed when this returns. `tag`: what it is to the
   * daemon, for whoever comes after a host that died.
   */
  spawn(chain: CompiledChain, descriptors: ReadonlyMap<number, number>, tag: number, ears: ChildEars): void;
  /** The same for several: none waits for the one before. */
  spawnAll(wishes: readonly ChildWish[]): void;
  /** Children of a host that died, each of which lives, or has ended and is told of later: before anything is spawned. */
  adopt(earsOf: (child: EarlierChild) => ChildEars): void;
  /** A child that has not ended; one that has is no error. */
  kill(pid: number, signal: number): void;
}

export interface EarlierChild {
  readonly pid: number;
  readonly tag: number;
}
