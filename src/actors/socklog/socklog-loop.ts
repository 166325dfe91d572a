import { formatIpPort } from "../../formats/ip.ts";
import { signalNumber } from "../../formats/signals.ts";
import { datagramLine } from "../../formats/syslog.ts";
import { SystemError } from "../../sys/errors.ts";
import { POLL_IN } from "../../sys/poller.ts";
import { receiveDatagram } from "../../sys/socket.ts";
import type { Area } from "../log/area.ts";
import type { Saved } from "../log/kept-part.ts";
import { RecordBuffer } from "../log/record-buffer.ts";
import { type Sink, Stream } from "../log/stream.ts";
import type { Watcher } from "../watcher.ts";

export interface SocklogOptions {
  /** Bytes of a datagram that are used. */
  readonly limit: number;
  readonly keepsCodes: boolean;
  /** How long stdout may take when it is to stop; undefined = for ever. */
  readonly flushMs: number | undefined;
}

/** What one daemon works with: a process has one of them, or many. */
export interface SocklogWorld {
  /** A bound socket of datagrams, non-blocking. */
  readonly socket: number;
  readonly closeSocket: () => void;
  readonly stdout: () => Sink;
  /** Memory for lines that are not written yet. */
  readonly area: Area;
  /** `save` writes the numbers of the daemon, for whoever comes after this process. */
  readonly note: (save: (into: Saved) => void) => void;
  readonly watcher: Watcher;
  /** Answers how to have it not. */
  readonly after: (ms: number, then: () => void) => () => void;
  /** Once, at the end. `reason` is what follows `PROG: fatal: `. */
  exit(code: number, reason?: string): void;
}

/** How many numbers it notes. */
export const SOCKLOG_NUMBERS = 3;
export const LINES_BYTES = 65_536;
/** Taken at once before they are written; and at the end, when more than any queue holds has been taken, it was enough. */
const MOST = { atOnce: 64, atTheEnd: 8192 } as const;
const SIGTERM = signalNumber("TERM");

/** s6-socklog (s6 documentation, s6-socklog): datagrams become lines on stdout, until SIGTERM. */
export class SocklogLoop {
  readonly #options: SocklogOptions;
  readonly #world: SocklogWorld;
  /** One byte more than is used: so C shows one of what did not fit, too. */
  readonly #chunk: Buffer;
  readonly #lines: RecordBuffer;
  readonly #stdout: Stream;
  #socket: "watched" | "paused" | "closed" = "paused";
  #isStopping = false;
  #hasEnded = false;
  #forgetDeadline: () => void = () => undefined;

  constructor(options: SocklogOptions, world: SocklogWorld) {
    this.#options = options;
    this.#world = world;
    this.#chunk = Buffer.allocUnsafeSlow(options.limit + 1);
    this.#lines = new RecordBuffer(world.area);
    this.#stdout = new Stream(this.#lines, world.stdout, world.watcher, () => this.#guarded(() => undefined), (error) =>
      this.#end(111, `unable to write to stdout: ${error.reason}`));
  }

  begin(): void {
    this.#note();
    this.#listen();
  }

  /** Goes on where another process was. */
  resume(saved: Saved): void {
    const [isStopping] = saved;
    this.#lines.restore(saved, 1);
    this.#guarded(() => (isStopping === 1 ? this.#close() : this.#listen()));
  }

  signal(number: number): void {
    if (number === SIGTERM) this.#guarded(() => this.#stop());
  }

  /** Nothing is watched or waited for any more. */
  abandon(): void {
    this.#hasEnded = true;
    this.#forgetDeadline();
    this.#stdout.close();
    this.#pause();
  }

  /** Does it, writes what can be written, and ends the daemon when the system fails it or nothing is left to do. */
  #guarded(action: () => void): void {
    if (this.#hasEnded) return;
    try {
      action();
      const { length } = this.#lines;
      this.#stdout.flush();
      if (this.#lines.length !== length) this.#note();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#end(111, `unable to ${error.syscall}: ${error.reason}`);
      return;
    }
    if (this.#isStopping && this.#lines.length === 0) this.#end(0);
    else if (!this.#lines.isFull) this.#listen();
  }

  #listen(): void {
    if (this.#socket !== "paused" || this.#hasEnded) return;
    this.#world.watcher.watch(this.#world.socket, POLL_IN, () => this.#guarded(() => this.#receive(MOST.atOnce)));
    this.#socket = "watched";
  }

  /** An empty datagram says nothing. */
  #receive(most: number): void {
    const { limit, keepsCodes } = this.#options;
    this.#lines.tidy();
    for (let count = 0; count < most && !this.#isStopping; count++) {
      if (this.#lines.isFull) {
        this.#pause();
        return;
      }
      const datagram = receiveDatagram(this.#world.socket, this.#chunk);
      if (datagram === "again") return;
      const { length, sender } = datagram;
      if (length === 0) continue;
      const prefix = sender === undefined ? "" : `${formatIpPort(sender)}: `;
      const line = datagramLine(this.#chunk.subarray(0, length), prefix, keepsCodes, length > limit);
      this.#lines.addBlock(line, 0, line.length);
      this.#note();
    }
  }

  /** What was sent before the signal is taken; whoever sends later gets an error. */
  #stop(): void {
    if (this.#isStopping) return;
    this.#receive(MOST.atTheEnd);
    this.#close();
  }

  #close(): void {
    this.#isStopping = true;
    this.#note();
    this.#pause();
    this.#socket = "closed";
    this.#world.closeSocket();
    const { flushMs } = this.#options;
    if (flushMs !== undefined) this.#forgetDeadline = this.#world.after(flushMs, () => this.#end(99));
  }

  #pause(): void {
    if (this.#socket !== "watched") return;
    this.#world.watcher.unwatch(this.#world.socket);
    this.#socket = "paused";
  }

  #note(): void {
    this.#world.note((into) => {
      into[0] = Number(this.#isStopping);
      this.#lines.save(into, 1);
    });
  }

  #end(code: number, reason?: string): void {
    if (this.#hasEnded) return;
    this.abandon();
    this.#world.exit(code, reason);
  }
}
