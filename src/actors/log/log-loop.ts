import { signalNumber } from "../../formats/signals.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd } from "../../sys/files.ts";
import { POLL_IN } from "../../sys/poller.ts";
import { Inlet } from "./inlet.ts";
import { InputBuffer } from "./input-buffer.ts";
import type { KeptPart, Saved } from "./kept-part.ts";
import { Logdir } from "./logdir.ts";
import type { LogOptions } from "./log-options.ts";
import type { LoggerPorts } from "./logger-ports.ts";
import { logdirsIn, Outputs } from "./outputs.ts";
import { RecordBuffer } from "./record-buffer.ts";
import { complainAtOnce, Stream } from "./stream.ts";

/** Of one read. */
const CHUNK = 65_536;
/** Of a writer that is as fast as we are, before we look whether something else has happened. */
const READS = 16;
/** What may wait for a stderr that nobody reads: beyond it, no line is taken. */
const UNSAID_BYTES = 65_536;
const QUIET_MS = 1000;
const [SIGTERM, SIGHUP, SIGALRM] = [signalNumber("TERM"), signalNumber("HUP"), signalNumber("ALRM")];
export const LOG_SIGNALS = [SIGTERM, SIGHUP, SIGALRM];

const PART = { input: 0, stdout: 1, stderr: 2, firstLogdir: 3 } as const;
const STOPPING = 1;
const STDIN_CLOSED = 2;
const STDOUT_CLOSED = 4;
const NOTIFIED = 8;
const OWN_NUMBERS = 2;

/** Numbers that a logger with this script notes, and parts of its memory. */
export function keptSizes(script: LogOptions["script"]): { readonly numbers: number; readonly parts: number } {
  const logdirs = logdirsIn(script).length;
  return { numbers: OWN_NUMBERS + 6 + 4 * logdirs, parts: PART.firstLogdir + logdirs };
}

/** A logger (s6 documentation, s6-log): takes lines from its stdin, and puts them where its script says. */
export class LogLoop {
  readonly #options: LogOptions;
  readonly #ports: LoggerPorts;
  readonly #inlet: Inlet;
  readonly #input: InputBuffer;
  readonly #stdout: Stream;
  readonly #stderr: Stream | undefined;
  readonly #logdirs: readonly Logdir[];
  readonly #outputs: Outputs;
  readonly #parts: readonly KeptPart[];
  readonly #save = (into: Saved): void => this.#saveInto(into);
  /** Bytes that were on their way when this was noted. */
  #reading = 0;
  #isStopping = false;
  #isNotified = false;
  #isQuietAwaited = false;
  #isLeaving = false;

  constructor(options: LogOptions, ports: LoggerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#inlet = new Inlet(ports, () => this.#onStdin());
    this.#input = new InputBuffer(ports.area(PART.input, 2 * CHUNK), options.lineLimit);
    const records = (part: number): RecordBuffer => new RecordBuffer(ports.area(part, CHUNK));
    this.#stdout = new Stream(records(PART.stdout), ports.stdout, ports.watcher, () => this.#settle(), (error) => {
      this.#warn(`unable to write to stdout, closing the stream - error was: ${error.reason}`);
      ports.closeStdout();
    });
    this.#stderr = ports.stderr === undefined ? undefined : new Stream(records(PART.stderr), ports.stderr, ports.watcher, () => this.#settle(), () => undefined);
    this.#logdirs = logdirsIn(options.script).map((action, index) => this.#logdir(action, index, records(PART.firstLogdir + index)));
    this.#outputs = new Outputs(options.script, this.#logdirs, {
      stdout: this.#stdout.buffer,
      isStdoutOpen: () => this.#stdout.isOpen,
      complain: (bytes) => this.#complain(bytes),
      warn: (text) => this.#warn(text),
    });
    this.#parts = [this.#input, this.#stdout.buffer, ...(this.#stderr === undefined ? [] : [this.#stderr.buffer]), ...this.#logdirs];
  }

  /** @throws StartError 111 */
  start(): void {
    for (const logdir of this.#logdirs) logdir.open();
    this.#note();
    this.#goOn();
  }

  /** Goes on where a logger was whose process is gone. @throws StartError 111 */
  resume(saved: Saved): void {
    const [flags = 0, reading = 0] = saved;
    this.#isStopping = (flags & STOPPING) !== 0;
    this.#isNotified = (flags & NOTIFIED) !== 0;
    if ((flags & STDOUT_CLOSED) !== 0) this.#stdout.close();
    this.#parts.reduce((at, part) => part.restore(saved, at), OWN_NUMBERS);
    for (const logdir of this.#logdirs) logdir.resume();
    if ((flags & STDIN_CLOSED) !== 0) this.#inlet.close();
    else {
      // What that one had begun to read: the beginning may be where it belongs, the rest is not lost.
      const left = this.#ports.left();
      const count = Math.max(reading, left.length);
      left.copy(this.#input.room(count), count - left.length);
      if (count > 0) this.#take(count);
      if (this.#isStopping) this.#awaitEndOfLine();
    }
    this.#note();
    this.#goOn();
  }

  signal(number: number): void {
    if (this.#isLeaving) return;
    if (number === SIGALRM) for (const logdir of this.#logdirs) logdir.rotate();
    else if (number === SIGHUP || (number === SIGTERM && !this.#options.ignoresTerm)) this.#stop();
    this.#settle();
  }

  /** Its process was killed: what it has is written if that is possible at once, and nothing is finished. */
  abandon(): void {
    this.#isLeaving = true;
    for (const logdir of this.#logdirs) {
      logdir.flush();
      logdir.abandon();
    }
    this.#stdout.close();
    this.#stderr?.close();
    this.#inlet.close();
  }

  #goOn(): void {
    this.#ports.ready(!this.#isNotified);
    this.#isNotified = true;
    this.#note();
    this.#settle();
  }

  // -- lines -------------------------------------------------------------------------------------------------------

  #onStdin(): void {
    for (let count = 1; count < READS && this.#read(); count++) this.#settle();
    this.#settle();
  }

  /** True when there was so much that there may be more. */
  #read(): boolean {
    if (!this.#inlet.isOpen) return false;
    for (const { pending } of this.#logdirs) pending.tidy();
    this.#stdout.buffer.tidy();
    let count: number | "again";
    try {
      // When it is to stop, only the rest of the line that has begun is read: what follows belongs to the next reader.
      count = this.#ports.read(this.#input.room(this.#isStopping ? 1 : CHUNK), (reading) => {
        this.#reading = reading;
        this.#note();
      });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      count = 0;
    }
    if (count === "again") return false;
    if (count === 0) this.#end();
    else {
      this.#take(count);
      if (this.#isStopping && !this.#input.hasPartial) this.#closeStdin();
    }
    return this.#isStopping || count >= CHUNK / 2;
  }

  #take(count: number): void {
    this.#outputs.take((visitor) => this.#input.cut(count, visitor));
    this.#reading = 0;
    this.#note();
  }

  /** A last line that never ended is no line, unless somebody had asked to stop and it was waited for. */
  #end(): void {
    if (this.#isStopping) this.#outputs.take((visitor) => this.#input.flush(visitor));
    this.#closeStdin();
  }

  #stop(): void {
    if (this.#isStopping || this.#inlet.isClosed) return;
    this.#isStopping = true;
    this.#awaitEndOfLine();
  }

  #awaitEndOfLine(): void {
    if (!this.#input.hasPartial) {
      this.#closeStdin();
      return;
    }
    this.#note();
    const { partialMs } = this.#options;
    if (partialMs !== undefined) this.#after(partialMs, () => !this.#inlet.isClosed && this.#end());
  }

  // -- what is written ---------------------------------------------------------------------------------------------

  /** After every round: what waits is written, and what follows from that. */
  #settle(): void {
    if (this.#isLeaving) return;
    for (const logdir of this.#logdirs) logdir.flush();
    this.#stdout.flush();
    this.#stderr?.flush();
    if (this.#inlet.isClosed) {
      this.#finish();
      return;
    }
    if (this.#mustWait()) this.#inlet.pause();
    else this.#inlet.open();
    this.#awaitQuiet();
  }

  #mustWait(): boolean {
    if ((this.#stderr?.buffer.length ?? 0) > UNSAID_BYTES) return true;
    const waiting = [this.#stdout.buffer, ...this.#logdirs.map(({ pending }) => pending)];
    return waiting.some((buffer) => buffer.isFull || (this.#options.blocks && buffer.length > 0));
  }

  #finish(): void {
    if (this.#stdout.isBusy || this.#stderr?.isBusy === true) return;
    for (const logdir of this.#logdirs) logdir.finish();
    if (!this.#logdirs.every(({ isDone }) => isDone)) return;
    this.#isLeaving = true;
    this.#ports.exit(0);
  }

  /** A burst takes memory; when it is over, that is given back. */
  #awaitQuiet(): void {
    const buffers = [this.#input, this.#stdout.buffer, ...this.#logdirs.map(({ pending }) => pending)];
    if (this.#isQuietAwaited || !buffers.some(({ isSwollen }) => isSwollen)) return;
    this.#isQuietAwaited = true;
    this.#ports.after(QUIET_MS, () => {
      this.#isQuietAwaited = false;
      for (const buffer of buffers) buffer.relax();
      this.#note();
    });
  }

  #warn(text: string): void {
    if (this.#options.verbosity > 0) this.#complain(Buffer.from(`s6-log: warning: ${text}\n`));
  }

  #complain(bytes: Uint8Array): void {
    if (this.#stderr === undefined) complainAtOnce(bytes);
    else if (this.#stderr.isOpen) {
      this.#stderr.buffer.addBlock(Buffer.from(bytes), 0, bytes.length);
      this.#stderr.flush();
    }
  }

  #note(): void {
    this.#ports.note(this.#save);
  }

  #saveInto(into: Saved): void {
    into[0] = (this.#isStopping ? STOPPING : 0) | (this.#inlet.isClosed ? STDIN_CLOSED : 0) |
      (this.#stdout.isOpen ? 0 : STDOUT_CLOSED) | (this.#isNotified ? NOTIFIED : 0);
    into[1] = this.#reading;
    this.#parts.reduce((at, part) => part.save(into, at), OWN_NUMBERS);
  }

  #closeStdin(): void {
    if (this.#inlet.isClosed) return;
    this.#inlet.close();
    this.#note();
    this.#ports.closeStdin();
  }

  // -- the logdirs' ports ------------------------------------------------------------------------------------------

  #after(ms: number, then: () => void): () => void {
    return this.#ports.after(ms, () => {
      then();
      this.#settle();
    });
  }

  #logdir(action: ConstructorParameters<typeof Logdir>[1] & { readonly path: string }, index: number, pending: RecordBuffer): Logdir {
    return new Logdir(action.path, action, pending, {
      mask: this.#ports.mask,
      warn: (text) => this.#warn(text),
      after: (ms, then) => this.#after(ms, then),
      sync: (fd, ended) => this.#ports.sync(fd, (error) => {
        ended(error);
        this.#settle();
      }),
      process: (run, ended) => {
        const process = this.#ports.process(run);
        const { watcher } = this.#ports;
        watcher.watch(process.pidfd, POLL_IN, () => {
          const result = process.result();
          if (result === undefined) return;
          watcher.unwatch(process.pidfd);
          closeFd(process.pidfd);
          if (this.#isLeaving) return;
          ended(result);
          this.#settle();
        });
      },
      locked: (fd) => this.#ports.keepLock(index, fd),
      note: () => this.#note(),
    });
  }
}
