import { SystemError } from "../../sys/errors.ts";
import { POLL_IN } from "../../sys/poller.ts";
import type { LoggerPorts } from "./logger-ports.ts";

/** A stdin that is looked at when there is something in it, unless nobody wants to know. */
export class Inlet {
  readonly #ports: Pick<LoggerPorts, "stdin" | "watcher">;
  readonly #ready: () => void;
  #state: "watched" | "paused" | "file" | "closed" = "paused";

  constructor(ports: Pick<LoggerPorts, "stdin" | "watcher">, ready: () => void) {
    this.#ports = ports;
    this.#ready = ready;
  }

  get isOpen(): boolean {
    return this.#state === "watched" || this.#state === "file";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  open(): void {
    if (this.#state !== "paused") return;
    try {
      this.#ports.watcher.watch(this.#ports.stdin, POLL_IN, this.#ready);
      this.#state = "watched";
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== "EPERM") throw error;
      this.#state = "file"; // a regular file is always ready, and epoll takes none
      setImmediate(() => this.#readFile());
    }
  }

  pause(): void {
    this.#unwatch();
    if (this.#state !== "closed") this.#state = "paused";
  }

  /** For good; closing the descriptor is for whoever has it. */
  close(): void {
    this.#unwatch();
    this.#state = "closed";
  }

  #readFile(): void {
    if (this.#state !== "file") return;
    this.#ready();
    setImmediate(() => this.#readFile());
  }

  #unwatch(): void {
    if (this.#state === "watched") this.#ports.watcher.unwatch(this.#ports.stdin);
  }
}
