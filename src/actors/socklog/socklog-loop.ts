import { formatIpPort } from "../../formats/ip.ts";
import { signalNumber } from "../../formats/signals.ts";
import { datagramLine } from "../../formats/syslog.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd } from "../../sys/files.ts";
import { POLL_IN } from "../../sys/poller.ts";
import { receiveDatagram } from "../../sys/socket.ts";
import { OwnArea } from "../log/area.ts";
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
  /** A bound socket of datagrams, non-blocking. The loop closes it. */
  readonly socket: number;
  /** Non-blocking. */
  readonly stdout: number;
  readonly signals: SignalSource;
  readonly watcher: Watcher;
  /** Once, at the end. `reason` is what follows `PROG: fatal: `. */
  exit(code: number, reason?: string): void;
}

export interface SignalSource {
  /** Readable when there are some. */
  readonly fd: number;
  read(): readonly number[];
}

/** Taken at once before they are written; and at the end, when more than any queue holds has been taken, it was enough. */
const MOST = { atOnce: 64, atTheEnd: 8192 } as const;
const SIGTERM = signalNumber("TERM");

/** s6-socklog (s6 documentation, s6-socklog): datagrams become lines on stdout, until SIGTERM. */
export class SocklogLoop {
  readonly #options: SocklogOptions;
  readonly #world: SocklogWorld;
  /** One byte more than is used: so C shows one of what did not fit, too. */
  readonly #chunk: Buffer;
  readonly #lines = new RecordBuffer(new OwnArea(65_536));
  readonly #stdout: Stream;
  #isStopping = false;
  #hasEnded = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: SocklogOptions, world: SocklogWorld) {
    this.#options = options;
    this.#world = world;
    this.#chunk = Buffer.allocUnsafeSlow(options.limit + 1);
    const sink = (): Sink => ({ fd: world.stdout, mayBlock: false });
    this.#stdout = new Stream(this.#lines, sink, world.watcher, () => this.#guarded(() => undefined), (error) =>
      this.#end(111, `unable to write to stdout: ${error.reason}`));
  }

  begin(): void {
    const { socket, signals, watcher } = this.#world;
    watcher.watch(signals.fd, POLL_IN, () => this.#guarded(() => this.#onSignals()));
    watcher.watch(socket, POLL_IN, () => this.#guarded(() => this.#receive(MOST.atOnce)));
  }

  /** Does it, writes what can be written, and ends the daemon when the system fails it or nothing is left to do. */
  #guarded(action: () => void): void {
    if (this.#hasEnded) return;
    try {
      action();
      this.#stdout.flush();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#end(111, `unable to ${error.syscall}: ${error.reason}`);
      return;
    }
    if (this.#isStopping && this.#lines.length === 0) this.#end(0);
  }

  #onSignals(): void {
    if (this.#world.signals.read().includes(SIGTERM)) this.#stop();
  }

  /** An empty datagram says nothing. */
  #receive(most: number): void {
    const { limit, keepsCodes } = this.#options;
    this.#lines.tidy();
    for (let count = 0; count < most && !this.#isStopping; count++) {
      const datagram = receiveDatagram(this.#world.socket, this.#chunk);
      if (datagram === "again") return;
      const { length, sender } = datagram;
      if (length === 0) continue;
      const prefix = sender === undefined ? "" : `${formatIpPort(sender)}: `;
      const line = datagramLine(this.#chunk.subarray(0, length), prefix, keepsCodes, length > limit);
      this.#lines.addBlock(line, 0, line.length);
    }
  }

  /** What was sent before the signal is taken; whoever sends later gets an error. */
  #stop(): void {
    if (this.#isStopping) return;
    this.#receive(MOST.atTheEnd);
    this.#isStopping = true;
    this.#world.watcher.unwatch(this.#world.socket);
    closeFd(this.#world.socket);
    const { flushMs } = this.#options;
    if (flushMs !== undefined) this.#deadline = setTimeout(() => this.#end(99), flushMs);
  }

  #end(code: number, reason?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#deadline);
    const { socket, signals, watcher, exit } = this.#world;
    this.#stdout.close();
    watcher.unwatch(signals.fd);
    if (!this.#isStopping) {
      watcher.unwatch(socket);
      closeFd(socket);
    }
    exit(code, reason);
  }
}
