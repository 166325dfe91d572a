import { constants } from "node:fs";
import { join } from "node:path";
import type { LogdirSettings } from "../../machines/log/script.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, chmodAt, closeFd, fsyncFd, mkdirAt, openAt, renameAt, statAt, statFd, unlinkAt } from "../../sys/files.ts";
import { tryLock } from "../../sys/lock.ts";
import { attempt, StartError } from "../start-error.ts";
import { archive, trim } from "./archives.ts";
import { RecordBuffer } from "./record-buffer.ts";

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
/** Owner-execute: the file is complete (s6 documentation, s6-log). */
const COMPLETE = 0o100;

/** The steps of a rotation, in their order; one that fails is tried again after a while. */
const STEPS = ["sync", "rename", "reopen", "complete", "process", "syncProcessed", "syncState", "removePrevious", "renameState", "archive"] as const;
type Step = (typeof STEPS)[number];
/** What is left of a rotation when there is no processor. */
const WITHOUT_PROCESSOR: readonly Step[] = ["sync", "rename", "reopen", "complete", "archive"];

export interface LogdirPorts {
  /** 0666 less the umask. */
  readonly mask: number;
  readonly warn: (text: string) => void;
  /** Calls back after so many milliseconds, once. */
  readonly after: (ms: number, then: () => void) => void;
  /** Runs a processor; the answer comes later. @throws SystemError */
  readonly process: (run: ProcessorRun, ended: (result: "done" | "failed" | "crashed") => void) => void;
}

export interface ProcessorRun {
  readonly dir: string;
  readonly command: string;
  readonly shell: "execline" | "sh";
  /** Descriptors of previous, processed, state, newstate: 0, 1, 4, 5 of the processor. */
  readonly fds: readonly [previous: number, processed: number, state: number, newstate: number];
}

/** One directory of logs: what waits for it, its `current`, and the rotation that may be under way. */
export class Logdir {
  readonly path: string;
  readonly pending = new RecordBuffer();
  readonly #settings: LogdirSettings;
  readonly #ports: LogdirPorts;
  #fd: number;
  #bytes = 0;
  #rotation: readonly Step[] = [];
  #isWaiting = false;
  #isProcessing = false;
  #isFinal = false;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  /** Takes the directory, and puts in order what an earlier logger left. @throws StartError 111 */
  constructor(path: string, settings: LogdirSettings, ports: LogdirPorts) {
    this.path = path;
    this.#settings = settings;
    this.#ports = ports;
    makeDirectory(path);
    takeLock(path);
    const current = attempt(`stat ${path}/current`, () => statAt(AT_FDCWD, `${path}/current`));
    if (current === undefined || (current.mode & COMPLETE) === 0) this.#recover();
    this.#fd = attempt(`open ${path}/current`, () => this.#openCurrent());
    this.#bytes = statFd(this.#fd)?.size ?? 0;
    this.#startPeriod();
  }

  /** Nothing waits, nothing is under way. */
  get isIdle(): boolean {
    return this.pending.length === 0 && this.#rotation.length === 0;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Writes what waits, as far as that goes. */
  flush(): void {
    if (this.#isWaiting) return;
    try {
      for (;;) {
        while (this.#rotation.length > 0) {
          if (this.#isProcessing) return;
          this.#step();
        }
        if (this.pending.length === 0) break;
        this.#write();
      }
      if (this.#isFinal) this.#complete();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#ports.warn(`unable to ${error.message}`);
      this.#retry();
    }
  }

  /** SIGALRM, or the time is over. An empty `current` makes no archive. */
  rotate(): void {
    if (this.#rotation.length === 0 && this.#bytes > 0) this.#beginRotation();
    this.flush();
  }

  /** No more lines come: `current` is complete when everything is written. */
  finish(): void {
    this.#isFinal = true;
    clearTimeout(this.#timer);
    this.flush();
  }

  /** Whole records; `current` grows to where the next line would be too much, and never by half a line on purpose. */
  #write(): void {
    const { fileBytes, tolerance } = this.#settings;
    const wanted = this.pending.endAfter(fileBytes - tolerance - this.#bytes);
    const count = this.pending.write(this.#fd, wanted);
    if (count === "again") throw new SystemError("write to", `${this.path}/current`, "EAGAIN");
    this.#bytes += count;
    if (count === wanted && this.#bytes + tolerance >= fileBytes) this.#beginRotation();
  }

  #beginRotation(): void {
    this.#rotation = this.#settings.processor === undefined ? WITHOUT_PROCESSOR : STEPS;
  }

  #step(): void {
    const [step, ...rest] = this.#rotation;
    if (step === undefined) return;
    this.#perform(step);
    if (!this.#isProcessing) this.#rotation = rest;
  }

  #perform(step: Step): void {
    const file = (name: string): string => join(this.path, name);
    const { mask } = this.#ports;
    switch (step) {
      case "sync":
        fsyncFd(this.#fd);
        return;
      case "rename":
        renameAt(AT_FDCWD, file("current"), file("previous"));
        return;
      case "reopen": {
        const fresh = this.#openCurrent();
        closeFd(this.#fd);
        this.#fd = fresh;
        this.#bytes = 0;
        this.#startPeriod();
        return;
      }
      case "complete":
        chmodAt(AT_FDCWD, file("previous"), mask | COMPLETE);
        return;
      case "process":
        this.#process();
        return;
      case "syncProcessed":
        syncFile(file("processed"));
        chmodAt(AT_FDCWD, file("processed"), mask | COMPLETE);
        return;
      case "syncState":
        syncFile(file("newstate"));
        return;
      case "removePrevious":
        unlinkAt(AT_FDCWD, file("previous"));
        return;
      case "renameState":
        renameAt(AT_FDCWD, file("newstate"), file("state"));
        return;
      case "archive":
        archive(this.path, this.#settings.processor === undefined ? "previous" : "processed", "s");
        trim(this.path, this.#settings, this.#ports.warn);
    }
  }

  #process(): void {
    const { processor } = this.#settings;
    if (processor === undefined) return;
    const file = (name: string): string => join(this.path, name);
    const fds: number[] = [];
    try {
      for (const [name, flags] of [["previous", O_RDONLY], ["processed", O_WRONLY | O_CREAT | O_TRUNC], ["state", O_RDONLY], ["newstate", O_WRONLY | O_CREAT | O_TRUNC]] as const) {
        fds.push(openAt(AT_FDCWD, file(name), flags, 0o666));
      }
      this.#ports.process({ dir: this.path, ...processor, fds: fds as unknown as ProcessorRun["fds"] }, (result) => this.#processed(result));
      this.#isProcessing = true;
    } catch (error) {
      if (error instanceof SystemError && error.syscall !== "open") throw new SystemError("spawn processor for logdir", this.path, error.code);
      throw error;
    } finally {
      for (const fd of fds) closeFd(fd);
    }
  }

  #processed(result: "done" | "failed" | "crashed"): void {
    this.#isProcessing = false;
    if (result === "done") {
      this.#rotation = this.#rotation.slice(1);
      this.flush();
      return;
    }
    this.#ports.warn(`processor ${result} in ${this.path}`);
    this.#retry();
  }

  #retry(): void {
    this.#isWaiting = true;
    this.#ports.after(this.#settings.retryMs, () => {
      this.#isWaiting = false;
      this.flush();
    });
  }

  #complete(): void {
    if (this.#isDone) return;
    fsyncFd(this.#fd);
    chmodAt(AT_FDCWD, `${this.path}/current`, this.#ports.mask | COMPLETE);
    this.#isDone = true;
  }

  #openCurrent(): number {
    const path = `${this.path}/current`;
    const fd = openAt(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
    chmodAt(AT_FDCWD, path, this.#ports.mask);
    return fd;
  }

  /** The last logger was not ended in order: what it was doing is finished, or kept as what it is. */
  #recover(): void {
    const file = (name: string): string => join(this.path, name);
    const put = (name: string, kind: "s" | "u"): void => {
      const isDone = attempt(`finish ${name} .${kind} for logdir ${this.path}`, () => archive(this.path, name, kind));
      if (isDone) attempt(`trim ${this.path}`, () => trim(this.path, this.#settings, this.#ports.warn));
    };
    for (const name of ["state", "newstate"]) attempt(`unlink ${file(name)}`, () => unlinkAt(AT_FDCWD, file(name)));
    const processed = attempt(`stat ${file("processed")}`, () => statAt(AT_FDCWD, file("processed")));
    if (processed !== undefined && (processed.mode & COMPLETE) !== 0) {
      attempt(`unlink ${file("previous")}`, () => unlinkAt(AT_FDCWD, file("previous")));
      put("processed", "s");
    } else {
      attempt(`unlink ${file("processed")}`, () => unlinkAt(AT_FDCWD, file("processed")));
      put("previous", "u");
    }
    put("current", "u");
    attempt(`create ${file("state")}`, () => closeFd(openAt(AT_FDCWD, file("state"), O_WRONLY | O_CREAT | O_TRUNC, 0o666)));
  }

  #startPeriod(): void {
    const { periodSeconds } = this.#settings;
    clearTimeout(this.#timer);
    if (periodSeconds > 0 && !this.#isFinal) {
      this.#timer = setTimeout(() => {
        this.#startPeriod();
        this.rotate();
      }, Math.min(periodSeconds * 1000, 0x7fffffff));
    }
  }
}

/** The parents are not made. */
function makeDirectory(path: string): void {
  try {
    mkdirAt(AT_FDCWD, path, 0o700);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "EEXIST") throw new StartError(`unable to mkdir ${path}: ${error.reason}`, 111);
  }
}

function takeLock(dir: string): void {
  const path = `${dir}/lock`;
  const fd = attempt(`open ${path}`, () => openAt(AT_FDCWD, path, O_RDWR | O_CREAT | O_NONBLOCK, 0o666));
  if (!attempt(`lock ${path}`, () => tryLock(fd, path))) {
    throw new StartError(`unable to lock ${path}: Device or resource busy`, 111);
  }
}

function syncFile(path: string): void {
  const fd = openAt(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
  try {
    fsyncFd(fd);
  } finally {
    closeFd(fd);
  }
}
