import { signalNumber } from "../../formats/signals.ts";
import { LineCutter } from "../../machines/log/cutter.ts";
import type { Action, Script } from "../../machines/log/script.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd, readFd, setCloexec, setNonblock, writeFd } from "../../sys/files.ts";
import { takeOver } from "../../sys/launch.ts";
import { Poller, POLL_OUT } from "../../sys/poller.ts";
import { umask } from "../../sys/process.ts";
import type { LineRegex } from "../../sys/regex.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import { Logdir } from "./logdir.ts";
import { Outputs } from "./outputs.ts";
import { type RunningProcessor, startProcessor } from "./processor.ts";

export interface LogOptions {
  readonly script: Script<LineRegex>;
  readonly notificationFd: number | undefined;
  /** 0 = none, 1 = warnings. */
  readonly verbosity: number;
  /** Nothing is read while anything waits to be written. */
  readonly blocks: boolean;
  readonly ignoresTerm: boolean;
  /** Longest line, 0 = no limit. */
  readonly lineLimit: number;
  /** How long the end of a partial line is waited for when it is to stop; undefined = for ever. */
  readonly partialMs: number | undefined;
}

const STDIN = 0;
const STDOUT = 1;
const TOKEN = { signals: 0, stdin: 1, stdout: 2, processor: 3 } as const;
const CHUNK = 65_536;
/** Of a writer that is as fast as we are, before we look whether something else has happened. */
const READS = 16;
const SIGNALS = (["TERM", "HUP", "ALRM", "CHLD", "PIPE"] as const).map(signalNumber);
const [SIGTERM, SIGHUP, SIGALRM] = [signalNumber("TERM"), signalNumber("HUP"), signalNumber("ALRM")];

/**
 * s6-log on this process (s6 documentation, s6-log): reads stdin, until its end or a signal; `exit` is called when all that
 * was taken in is where it belongs. @throws StartError 111
 */
export function logForever(options: LogOptions, exit: (code: number) => void): void {
  const { notificationFd } = options;
  takeOver({ descriptors: notificationFd === undefined ? [] : [notificationFd], signals: SIGNALS });
  for (const fd of [STDIN, STDOUT]) setNonblock(fd, true);
  const loop = new LogLoop(options, exit);
  if (notificationFd !== undefined) {
    setCloexec(notificationFd, true);
    writeFd(notificationFd, Buffer.from("\n"));
    closeFd(notificationFd);
  }
  loop.begin();
}

class LogLoop {
  readonly #options: LogOptions;
  readonly #exit: (code: number) => void;
  readonly #outputs: Outputs;
  readonly #processors = new Map<number, { readonly process: RunningProcessor; readonly ended: (result: "done" | "failed" | "crashed") => void }>();
  readonly #cutter: LineCutter;
  readonly #poller: Poller;
  readonly #signalFd: number;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK);
  readonly #mask: number;
  #isStdoutWatched = false;
  #stdin: "watched" | "paused" | "file" | "closed" = "paused";
  #isStopping = false;
  #hasEnded = false;

  constructor(options: LogOptions, exit: (code: number) => void) {
    this.#options = options;
    this.#exit = exit;
    this.#cutter = new LineCutter(options.lineLimit);
    const mask = umask(0);
    umask(mask);
    this.#mask = 0o666 & ~mask;
    this.#outputs = new Outputs(options.script, options.verbosity, (action) => this.#openLogdir(action));
    this.#signalFd = trapSignals(SIGNALS);
    this.#poller = new Poller((token) => this.#ready(token));
  }

  begin(): void {
    this.#poller.add(this.#signalFd, TOKEN.signals);
    this.#resume();
  }

  #openLogdir(action: Extract<Action, { type: "logdir" }>): Logdir {
    return new Logdir(action.path, action, {
      mask: this.#mask,
      warn: (text) => this.#outputs.warn(text),
      after: (ms, then) => void setTimeout(() => {
        then();
        this.#settle();
      }, ms),
      process: (run, ended) => {
        const process = startProcessor(run);
        this.#processors.set(process.pidfd, { process, ended });
        this.#poller.add(process.pidfd, TOKEN.processor);
      },
    });
  }

  // -- what happens ------------------------------------------------------------------------------------------------

  #ready(token: number): void {
    if (token === TOKEN.signals) this.#onSignals();
    else if (token === TOKEN.processor) this.#onProcessors();
    else if (token === TOKEN.stdin) {
      for (let count = 1; count < READS && this.#stdin === "watched" && this.#read(); count++) this.#settle();
    }
    this.#settle();
  }

  #onSignals(): void {
    for (const signal of readSignals(this.#signalFd)) {
      if (signal === SIGALRM) for (const logdir of this.#outputs.logdirs) logdir.rotate();
      else if (signal === SIGHUP || (signal === SIGTERM && !this.#options.ignoresTerm)) this.#stop();
    }
  }

  #onProcessors(): void {
    for (const [pidfd, { process, ended }] of this.#processors) {
      const result = process.result();
      if (result === undefined) continue;
      this.#processors.delete(pidfd);
      this.#poller.remove(pidfd);
      closeFd(pidfd);
      ended(result);
    }
  }

  /** True when there was something, and so there may be more. */
  #read(): boolean {
    if (this.#stdin === "closed" || this.#stdin === "paused") return false;
    let count: number | "again";
    try {
      // When it is to stop, only the rest of the line that has begun is read: what follows belongs to the next reader.
      count = readFd(STDIN, this.#isStopping ? this.#chunk.subarray(0, 1) : this.#chunk);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      count = 0;
    }
    if (count === "again") return false;
    if (count === 0) this.#end();
    else {
      this.#outputs.take((visitor) => this.#cutter.take(this.#chunk.subarray(0, count), visitor));
      if (this.#isStopping && !this.#cutter.hasPartial) this.#closeStdin();
    }
    return true;
  }

  /** A last line that never ended is no line, unless somebody had asked to stop and it was waited for. */
  #end(): void {
    if (this.#isStopping) this.#outputs.take(({ line }) => this.#cutter.flush(line));
    this.#closeStdin();
  }

  #stop(): void {
    if (this.#isStopping || this.#stdin === "closed") return;
    this.#isStopping = true;
    if (!this.#cutter.hasPartial) {
      this.#closeStdin();
      return;
    }
    const { partialMs } = this.#options;
    if (partialMs !== undefined) {
      setTimeout(() => {
        if (this.#stdin === "closed") return;
        this.#end();
        this.#settle();
      }, partialMs);
    }
  }

  // -- what is written ---------------------------------------------------------------------------------------------

  /** After every round: what waits is written, and what follows from that. */
  #settle(): void {
    for (const logdir of this.#outputs.logdirs) logdir.flush();
    this.#flushStdout();
    if (this.#stdin === "closed") {
      this.#finish();
      return;
    }
    if (this.#options.blocks && this.#outputs.isBusy) this.#pause();
    else this.#resume();
  }

  #flushStdout(): void {
    const isWanted = this.#outputs.flushStdout();
    if (isWanted === this.#isStdoutWatched) return;
    if (isWanted) this.#poller.add(STDOUT, TOKEN.stdout, POLL_OUT);
    else if (this.#outputs.isStdoutOpen) this.#poller.remove(STDOUT);
    this.#isStdoutWatched = isWanted;
  }

  #finish(): void {
    const { logdirs, isStdoutBusy } = this.#outputs;
    if (this.#hasEnded || isStdoutBusy) return;
    for (const logdir of logdirs) logdir.finish();
    if (!logdirs.every(({ isDone }) => isDone)) return;
    this.#hasEnded = true;
    this.#exit(0);
  }

  // -- stdin ---------------------------------------------------------------------------------------------------------

  #pause(): void {
    if (this.#stdin === "watched") this.#poller.remove(STDIN);
    if (this.#stdin !== "closed") this.#stdin = "paused";
  }

  #resume(): void {
    if (this.#stdin !== "paused") return;
    try {
      this.#poller.add(STDIN, TOKEN.stdin);
      this.#stdin = "watched";
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== "EPERM") throw error;
      this.#stdin = "file"; // a regular file is always ready, and epoll takes none
      setImmediate(() => this.#readFile());
    }
  }

  #readFile(): void {
    this.#read();
    this.#settle();
    if (this.#stdin === "file") setImmediate(() => this.#readFile());
  }

  #closeStdin(): void {
    if (this.#stdin === "watched") this.#poller.remove(STDIN);
    if (this.#stdin !== "closed") closeFd(STDIN);
    this.#stdin = "closed";
  }
}
