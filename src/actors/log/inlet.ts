import { SystemError } from "../../sys/errors.ts";
import type { LoggerPorts } from "./logger-ports.ts";

/** A stdin that is looked at when there is something in it, unless nobody wants to know. */
export class Inlet {
  readonly #ports: Pick<LoggerPorts, "stdin" | "watch" | "unwatch">;
  readonly #ready: () => void;
  #state: "watched" | "paused" | "file" | "closed" = "paused";

  constructor(ports: Pick<LoggerPorts, "stdin" | "watch" | "unwatch">, ready: () => void) {
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
      this.#ports.watch(this.#ports.stdin, this.#ready);
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
    if (this.#state === "watched") this.#ports.unwatch(this.#ports.stdin);
  }
}
