import type { WaitStatus } from "../formats/wait-status.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd } from "../sys/files.ts";
import { kill, pidfdKill, waitPidfd } from "../sys/process.ts";
import type { ActorPorts } from "./actor-ports.ts";

/** The one process of a service that its supervisor waits for: run, the daemon that run left behind, or finish. */
export class ServiceChild {
  readonly #ports: ActorPorts;
  readonly #died: (status: WaitStatus) => void;
  #process: { readonly pid: number; readonly pidfd: number } | undefined;

  constructor(ports: ActorPorts, died: (status: WaitStatus) => void) {
    this.#ports = ports;
    this.#died = died;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** pidfd -1: a process that is already gone, whose status main is asked for. */
  watch(pid: number, pidfd: number): void {
    this.#process = { pid, pidfd };
    this.#ports.ledger.set("childPid", pid);
    this.#ports.ledger.set("childPidfd", pidfd);
    if (pidfd >= 0) this.#ports.watch("child", pidfd, () => this.#look(pid, pidfd));
    else this.#ports.claim(pid);
  }

  /** Nothing is waited for any more. A process that still runs is left alone. */
  drop(): void {
    const pidfd = this.#process?.pidfd ?? -1;
    this.#process = undefined;
    this.#ports.ledger.set("childPid", 0);
    this.#ports.ledger.set("childPidfd", -1);
    this.#ports.ledger.spawnOut.fill(0);
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
    const status = waitPidfd(pidfd);
    if (status === "running") return;
    if (status !== "not ours") {
      this.#died(status);
      return;
    }
    this.#ports.unwatch(pidfd); // main has reaped it, or will: the status comes from there
    this.#ports.claim(pid);
  }
}
