import { POLL_OUT, pollWritable } from "../../sys/poller.ts";
import { closeFd, dupFd } from "../../sys/files.ts";
import { sendPacket } from "../../sys/packets.ts";
import { SystemError } from "../../sys/errors.ts";
import type { Watcher } from "../watcher.ts";

interface Waiting {
  readonly packet: Uint8Array;
  /** Ours. */
  readonly fds: readonly number[];
}

const CROWDED_MS = 50;

/** Packets for a process that may be slow, or stopped: what does not fit waits here, in order. */
export class Outbox {
  readonly #connection: number;
  readonly #watcher: Watcher;
  #waiting: Waiting[] = [];
  /** A descriptor of its own for the connection: the other is watched for what comes. */
  #watched: number | undefined;
  #emptied: (() => void) | undefined;
  #isCrowded = false;
  #pause: NodeJS.Timeout | undefined;

  constructor(connection: number, watcher: Watcher) {
    this.#connection = connection;
    this.#watcher = watcher;
  }

  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * The descriptors may be closed when this returns. `patienceMs`: how long it is waited for one who has not been behind.
   * One that is gone is noticed by its connection. @throws SystemError EMFILE
   */
  send(packet: Uint8Array, fds: readonly number[], patienceMs = 0): void {
    if (!this.isBehind && this.#went(packet, fds)) return;
    if (!this.isBehind && patienceMs > 0 && pollWritable(this.#connection, patienceMs) && this.#went(packet, fds)) return;
    const copies: number[] = [];
    try {
      for (const fd of fds) copies.push(dupFd(fd));
      this.#await();
    } catch (error) {
      copies.forEach(closeFd);
      throw error;
    }
    this.#waiting.push({ packet, fds: copies });
  }

  /** When all of it has gone. Once. */
  whenEmpty(then: () => void): void {
    if (this.#waiting.length === 0) then();
    else this.#emptied = then;
  }

  close(): void {
    for (const { fds } of this.#waiting) fds.forEach(closeFd);
    this.#waiting = [];
    this.#emptied = undefined;
    clearTimeout(this.#pause);
    this.#rest();
  }

  #flush(): void {
    let count = 0;
    for (const { packet, fds } of this.#waiting) {
      if (!this.#went(packet, fds)) break;
      fds.forEach(closeFd);
      count++;
    }
    this.#waiting.splice(0, count);
    if (this.#waiting.length > 0) return this.#await();
    this.#rest();
    this.#emptied?.();
  }

  /** Until there is room; or, where too many descriptors are on their way, for a while: the kernel does not tell the end of that. */
  #await(): void {
    if (this.#isCrowded) {
      this.#rest();
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.#flush();
      }, CROWDED_MS);
      return;
    }
    if (this.#watched !== undefined) return;
    const watched = dupFd(this.#connection);
    this.#watcher.watch(watched, POLL_OUT, () => this.#flush());
    this.#watched = watched;
  }

  #rest(): void {
    if (this.#watched === undefined) return;
    this.#watcher.unwatch(this.#watched);
    closeFd(this.#watched);
    this.#watched = undefined;
  }

  #went(packet: Uint8Array, fds: readonly number[]): boolean {
    try {
      sendPacket(this.#connection, packet, fds);
      this.#isCrowded = false;
      return true;
    } catch (error) {
      if (!(error instanceof SystemError) || (error.code !== "EAGAIN" && error.code !== "ETOOMANYREFS")) throw error;
      this.#isCrowded = error.code === "ETOOMANYREFS";
      return false;
    }
  }
}
