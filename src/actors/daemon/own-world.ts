import { bearAll } from "../../sys/births.ts";
import { signalNumber } from "../../formats/signals.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";
import { type CompiledChain, spawnCompiled } from "../../sys/compiled-chain.ts";
import { otherwise, SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, closeFd, devNull, dupOnto, isOpen, setCloexec } from "../../sys/files.ts";
import { takeOver, wasOpen } from "../../sys/launch.ts";
import { POLL_IN } from "../../sys/poller.ts";
import { pidfdKill, reap, spawnFlags, spawnOut, waitPidfd } from "../../sys/process.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import { complainAtOnce } from "../log/stream.ts";
import type { ChildEars, ChildWish, ParentWorld } from "./daemon-world.ts";
import { WaitingLoop } from "./waiting-loop.ts";

const STDERR = 2;
const SIGCHLD = signalNumber("CHLD");
/** It gets the orphans of everybody. */
const IS_INIT = process.pid === 1;
const FLAGS = spawnFlags({ setsid: false, newPidNamespace: false });

interface Child {
  readonly pidfd: number;
  readonly ears: ChildEars;
}

/** The world of a daemon that is this process. */
export class OwnWorld implements ParentWorld {
  readonly watcher = new WaitingLoop();
  readonly #exit: (code: number) => void;
  readonly #children = new Map<number, Child>();
  readonly #out = spawnOut();

  constructor(exit: (code: number) => void) {
    this.#exit = exit;
    // No child gets what is Node's.
    for (const fd of [0, 1, 2]) if (!wasOpen(fd) && isOpen(fd)) setCloexec(fd, true);
  }

  /** These signals are the daemon's from now on, even those that were ignored. A death that came before one is told before it. */
  hear(signals: readonly number[], heard: (signal: number) => void): void {
    const trapped = IS_INIT ? [...signals, SIGCHLD] : signals;
    takeOver({ descriptors: [], signals: trapped });
    const signalFd = trapSignals(trapped);
    this.watcher.watchFirst(signalFd, () => {
      for (const pid of [...this.#children.keys()]) this.#look(pid);
      if (IS_INIT) this.#reapAll();
      for (const signal of readSignals(signalFd)) if (signal !== SIGCHLD) heard(signal);
    });
  }

  /** What a handler has left behind is ours in the end. */
  #reapAll(): void {
    for (let dead = reap(); dead !== undefined; dead = reap()) {
      const child = this.#children.get(dead.pid);
      if (child !== undefined) this.#end(dead.pid, child, dead.waitStatus);
    }
  }

  /** For as long as the process lives. */
  run(): void {
    this.watcher.run();
  }

  fd(number: 0 | 1 | 2): number {
    return wasOpen(number) ? number : -1;
  }

  after(ms: number, then: () => void): () => void {
    return this.watcher.after(ms, then);
  }

  /** As long as it takes. */
  stderr(text: string): void {
    if (wasOpen(STDERR)) complainAtOnce(Buffer.from(text, "latin1"));
  }

  /** What Node or anybody writes there by mistake must not reach whoever gets the number next. */
  close(number: 0 | 1 | 2): void {
    dupOnto(devNull(), number);
  }

  exit(code: number): void {
    this.#exit(code);
  }

  spawn(chain: CompiledChain, descriptors: ReadonlyMap<number, number>, _tag: number, ears: ChildEars): void {
    try {
      spawnCompiled(AT_FDCWD, chain, descriptors, FLAGS, this.#out);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      ears.failed(error);
      return;
    }
    const [pid = -1, pidfd = -1] = this.#out;
    this.#greet(pid, pidfd, ears);
  }

  spawnAll(wishes: readonly ChildWish[]): void {
    const born = otherwise(undefined, () => bearAll(AT_FDCWD, wishes));
    for (const [index, { chain, descriptors, tag, ears }] of wishes.entries()) {
      const child = born?.[index];
      if (child === undefined) this.spawn(chain, descriptors, tag, ears); // one of them is at fault for that
      else if (child instanceof SystemError) ears.failed(child);
      else this.#greet(child.pid, child.pidfd, ears);
    }
  }

  #greet(pid: number, pidfd: number, ears: ChildEars): void {
    this.#children.set(pid, { pidfd, ears });
    this.watcher.watch(pidfd, POLL_IN, () => this.#look(pid));
    ears.started(pid);
  }

  /** It dies with its process. */
  adopt(): void {}

  kill(pid: number, signal: number): void {
    const child = this.#children.get(pid);
    if (child !== undefined) pidfdKill(child.pidfd, signal);
  }

  #look(pid: number): void {
    const child = this.#children.get(pid);
    if (child === undefined) return;
    const status = waitPidfd(child.pidfd);
    if (status === "running") return;
    if (status === "not ours") throw new SystemError("waitid", undefined, "ECHILD"); // nobody else waits for it
    this.#end(pid, child, status);
  }

  #end(pid: number, { pidfd, ears }: Child, status: WaitStatus): void {
    this.#children.delete(pid);
    this.watcher.unwatch(pidfd);
    closeFd(pidfd);
    ears.ended(status);
  }
}
