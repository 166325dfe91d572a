import { closeFd, readFd } from "../sys/files.ts";
import type { ActorPorts } from "./actor-ports.ts";

const buffer = new Uint8Array(4096);
const NEWLINE = 10;

/** Our end of the readiness pipe of one run (s6 documentation, notifywhenup). */
export class NotificationPipe {
  readonly #ports: ActorPorts;
  readonly #said: (what: "newline" | "end") => void;
  #fd = -1;

  constructor(ports: ActorPorts, said: (what: "newline" | "end") => void) {
    this.#ports = ports;
    this.#said = said;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** -1: the run does not notify. */
  watch(fd: number): void {
    this.#fd = fd;
    this.#ports.ledger.set("notifyFd", fd);
    if (fd >= 0) this.#ports.watch("notification", fd, () => this.look());
  }

  /** Never blocks: a service that writes bytes without a newline must not freeze its supervisor. */
  look(): void {
    while (this.#fd >= 0) {
      const count = readFd(this.#fd, buffer);
      if (count === "again") return;
      if (count === 0) {
        this.close();
        this.#said("end");
        return;
      }
      if (buffer.subarray(0, count).includes(NEWLINE)) {
        this.#said("newline");
        return;
      }
    }
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#ports.unwatch(this.#fd);
    closeFd(this.#fd);
    this.#fd = -1;
    this.#ports.ledger.set("notifyFd", -1);
  }
}
