import type { WaitStatus } from "../formats/wait-status.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd } from "../sys/files.ts";
import { identityOf } from "../sys/process-identity.ts";
import { kill, pidfdKill, pidfdStatus, waitPidfd } from "../sys/process.ts";
import type { ActorPorts } from "./actor-ports.ts";

/** How long the parent of a process that we took over may take to wait for it. */
const PARENT_MS = 500;

/** The one process of a service that its supervisor waits for: run, the daemon that run left behind, or finish. */
export class ServiceChild {
  readonly #ports: ActorPorts;
  readonly #died: (status: WaitStatus) => void;
  readonly #dying: (pid: number, pidfd: number) => void;
  #isStranger = false;
  #process: { readonly pid: number; readonly pidfd: number } | undefined;

  /** `dying`: it is dead, most likely, and nobody has waited for it yet, so its pid is its own still. */
  constructor(ports: ActorPorts, dying: (pid: number, pidfd: number) => void, died: (status: WaitStatus) => void) {
    this.#ports = ports;
    this.#dying = dying;
    this.#died = died;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * In place of the one before, if there is one. pidfd -1: a process that is already gone, whose status main is asked
   * for. `isStranger`: a dead process started it.
   */
  watch(pid: number, pidfd: number, isStranger = false): void {
    this.#unwatch();
    this.#isStranger = isStranger;
    const { ledger } = this.#ports;
    this.#process = { pid, pidfd };
    ledger.set("childPidfd", pidfd);
    if (pidfd >= 0) ledger.born = identityOf(pid, pidfd); // before the pid, which counts only with it
    ledger.set("childPid", pid);
    if (pidfd >= 0) this.#ports.watch("child", pidfd, () => this.#look(pid, pidfd));
    else this.#ports.claim(pid);
  }

  /** Nothing is waited for any more. A process that still runs is left alone. */
  drop(): void {
    this.#ports.ledger.set("childPid", 0);
    this.#ports.ledger.set("childPidfd", -1);
    this.#ports.ledger.spawnOut.fill(0);
    this.#unwatch();
  }

  #unwatch(): void {
    const pidfd = this.#process?.pidfd ?? -1;
    this.#process = undefined;
    if (pidfd < 0) return;
    this.#ports.unwatch(pidfd);
    closeFd(pidfd);
  }

  /** A process that is just gone is no error: its death is on its way to us. */
  kill(target: "process" | "group", pid: number, signal: number): void {
    try {
      if (target === "group") kill(-pid, signal);
      else if (this.#process?.pid === pid && this.#process.pidfd >= 0) pidfdKill(this.#process.pidfd, signal);
      else kill(pid, signal);
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== "ESRCH") throw error;
    }
  }

  #look(pid: number, pidfd: number): void {
    this.#dying(pid, pidfd);
    const status = waitPidfd(pidfd);
    if (status === "running") return;
    if (status !== "not ours") {
      this.#died(status);
      return;
    }
    const told = pidfdStatus(pidfd);
    if (told !== "unknown") {
      this.#died(told);
      return;
    }
    this.#ports.unwatch(pidfd);
    if (this.#isStranger) this.#awaitParent(pid, pidfd);
    else this.#ports.claim(pid); // main has reaped it, or will: the status comes from there
  }

  /** The kernel tells how it ended as soon as its parent, which is not us, has waited for it; not every parent does. */
  #awaitParent(pid: number, pidfd: number): void {
    const decide = (): void => {
      clearTimeout(limit);
      if (this.#process?.pidfd !== pidfd) return;
      const told = pidfdStatus(pidfd);
      if (told !== "unknown") this.#died(told);
      else this.#ports.claim(pid);
    };
    const limit = setTimeout(decide, PARENT_MS);
    this.#ports.watch("child", pidfd, decide, "hang-up");
  }
}
