import { SystemError } from "../../sys/errors.ts";
import { writeFd } from "../../sys/files.ts";
import { POLL_OUT, pollWritable } from "../../sys/poller.ts";
import type { LoggerPorts } from "./logger-ports.ts";
import type { RecordBuffer } from "./record-buffer.ts";

const STDERR = 2;

/** Records for a descriptor that others read, at their own pace. */
export class Stream {
  readonly buffer: RecordBuffer;
  readonly #fd: number;
  readonly #ports: Pick<LoggerPorts, "watch" | "unwatch">;
  readonly #broken: (error: SystemError) => void;
  #isWatched = false;
  #isOpen = true;

  constructor(buffer: RecordBuffer, fd: number, ports: Pick<LoggerPorts, "watch" | "unwatch">, broken: (error: SystemError) => void) {
    this.buffer = buffer;
    this.#fd = fd;
    this.#ports = ports;
    this.#broken = broken;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isBusy(): boolean {
    return this.buffer.length > 0;
  }

  /** Writes what goes, and comes back for the rest when there is room. One that is broken stays closed. */
  flush(): void {
    try {
      while (this.#isOpen && this.buffer.length > 0) {
        if (this.buffer.write(this.#fd) !== "again") continue;
        this.#watch();
        return;
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.close();
      this.#broken(error);
    }
    this.#unwatch();
  }

  /** What waits is lost. */
  close(): void {
    this.#isOpen = false;
    this.buffer.clear();
    this.#unwatch();
  }

  #watch(): void {
    if (!this.#isWatched) this.#ports.watch(this.#fd, () => this.flush(), POLL_OUT);
    this.#isWatched = true;
  }

  #unwatch(): void {
    if (this.#isWatched) this.#ports.unwatch(this.#fd);
    this.#isWatched = false;
  }
}

/** Nobody is left to be told when that fails. An alert is not lost because somebody reads slowly. */
export function complainAtOnce(bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0; ) {
      const count = writeFd(STDERR, rest);
      if (count === "again") pollWritable(STDERR);
      else rest = rest.subarray(count);
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
