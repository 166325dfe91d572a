import { SystemError } from "../../sys/errors.ts";
import { canWrite, POLL_OUT } from "../../sys/poller.ts";
import { writeAll } from "../../sys/write-all.ts";
import type { Watcher } from "../watcher.ts";
import type { RecordBuffer } from "./record-buffer.ts";

const STDERR = 2;

/** Where a stream goes. */
export interface Sink {
  readonly fd: number;
  /** The descriptor may block: it is asked before each write, and written to in portions that a pipe takes whole. */
  readonly mayBlock: boolean;
}

/** PIPE_BUF of Linux. */
const PORTION = 4096;

/** Records for a descriptor that others read, at their own pace. */
export class Stream {
  readonly buffer: RecordBuffer;
  readonly #open: () => Sink;
  #sink: Sink | undefined;
  readonly #watcher: Watcher;
  readonly #writable: () => void;
  readonly #broken: (error: SystemError) => void;
  #isWatched = false;
  #isOpen = true;

  constructor(buffer: RecordBuffer, open: () => Sink, watcher: Watcher, writable: () => void, broken: (error: SystemError) => void) {
    this.buffer = buffer;
    this.#open = open;
    this.#watcher = watcher;
    this.#writable = writable;
    this.#broken = broken;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isBusy(): boolean {
    return this.buffer.length > 0;
  }

  /** Writes what goes; `writable` is called when there is room for the rest. One that is broken stays closed. */
  flush(): void {
    try {
      while (this.#isOpen && this.buffer.length > 0) {
        if (this.#write() !== "again") continue;
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

  #write(): number | "again" {
    this.#sink ??= this.#open();
    const { fd, mayBlock } = this.#sink;
    if (!mayBlock) return this.buffer.write(fd);
    return canWrite(fd) ? this.buffer.write(fd, Math.min(PORTION, this.buffer.length)) : "again";
  }

  #watch(): void {
    if (!this.#isWatched && this.#sink !== undefined) this.#watcher.watch(this.#sink.fd, POLL_OUT, this.#writable);
    this.#isWatched = true;
  }

  #unwatch(): void {
    if (this.#isWatched && this.#sink !== undefined) this.#watcher.unwatch(this.#sink.fd);
    this.#isWatched = false;
  }
}

/** Nobody is left to be told when that fails. An alert is not lost because somebody reads slowly. */
export function complainAtOnce(bytes: Uint8Array): void {
  try {
    writeAll(STDERR, bytes);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
