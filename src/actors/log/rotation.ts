import { constants } from "node:fs";
import { join } from "node:path";
import type { LogdirSettings } from "../../machines/log/script.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, chmodAt, closeFd, openAt, renameAt, unlinkAt } from "../../sys/files.ts";
import { archive, trim } from "./archives.ts";
import type { LogdirPorts, ProcessorRun } from "./logdir-ports.ts";

const { O_CREAT, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
/** Owner-execute: the file is complete (s6 documentation, s6-log). */
export const COMPLETE = 0o100;

/** In their order; one that fails is tried again after a while. */
const STEPS = [
  "sync", "rename", "reopen", "complete", "process", "syncProcessed", "completeProcessed", "syncState", "removePrevious", "renameState", "archive",
] as const;
type Step = (typeof STEPS)[number];
/** What is left of a rotation when there is no processor. */
const WITHOUT_PROCESSOR: readonly Step[] = ["sync", "rename", "reopen", "complete", "archive"];

export interface RotationPorts extends LogdirPorts {
  /** The descriptor of `current`. */
  readonly current: () => number;
  readonly reopen: () => void;
  readonly failed: (error: SystemError) => void;
  /** A step has ended that was waited for. */
  readonly goOn: () => void;
}

/** The rotation of a logdir, from step to step. */
export class Rotation {
  readonly #path: string;
  readonly #settings: LogdirSettings;
  readonly #ports: RotationPorts;
  readonly #all: readonly Step[];
  #left: readonly Step[] = [];
  /** The first step may have been done already, by somebody who could not note it. */
  #isRepeat = false;
  /** The disk or a processor is at work. */
  #isAway = false;

  constructor(path: string, settings: LogdirSettings, ports: RotationPorts) {
    this.#path = path;
    this.#settings = settings;
    this.#ports = ports;
    this.#all = settings.processor === undefined ? WITHOUT_PROCESSOR : STEPS;
  }

  get isUnderWay(): boolean {
    return this.#left.length > 0;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  get stepsLeft(): number {
    return this.#left.length;
  }

  begin(): void {
    this.#left = this.#all;
  }

  /**
   * Goes on where another process was that had so many steps to do.
   * @returns whether `current` may have its new name already, and no successor.
   */
  resume(stepsLeft: number): boolean {
    this.#left = this.#all.slice(this.#all.length - stepsLeft);
    const [next] = this.#left;
    this.#isRepeat = next !== undefined;
    if (next === "process") {
      // The processor of the dead process may still write: into files without a name.
      for (const name of ["processed", "newstate"]) unlinkAt(AT_FDCWD, join(this.#path, name));
    }
    return next === "rename" || next === "reopen";
  }

  /** One step, unless one is waited for. @throws SystemError */
  step(): void {
    const [step] = this.#left;
    if (step === undefined || this.#isAway) return;
    this.#isAway = this.#perform(step) === "later";
    if (!this.#isAway) this.#ended();
  }

  #ended(): void {
    this.#left = this.#left.slice(1);
    this.#isRepeat = false;
    this.#ports.note();
  }

  #endedLater(error: SystemError | undefined): void {
    this.#isAway = false;
    if (error !== undefined) this.#ports.failed(error);
    else {
      this.#ended();
      this.#ports.goOn();
    }
  }

  #perform(step: Step): "done" | "later" {
    const file = (name: string): string => join(this.#path, name);
    const { mask, warn, current, reopen } = this.#ports;
    switch (step) {
      case "sync":
        return this.#sync(current());
      case "rename":
        this.#rename(file("current"), file("previous"));
        return "done";
      case "reopen":
        reopen();
        return "done";
      case "complete":
        chmodAt(AT_FDCWD, file("previous"), mask | COMPLETE);
        return "done";
      case "process":
        return this.#process();
      case "syncProcessed":
        return this.#syncFile(file("processed"));
      case "completeProcessed":
        chmodAt(AT_FDCWD, file("processed"), mask | COMPLETE);
        return "done";
      case "syncState":
        return this.#syncFile(file("newstate"));
      case "removePrevious":
        unlinkAt(AT_FDCWD, file("previous"));
        return "done";
      case "renameState":
        this.#rename(file("newstate"), file("state"));
        return "done";
      case "archive":
        archive(this.#path, this.#settings.processor === undefined ? "previous" : "processed", "s");
        trim(this.#path, this.#settings, warn);
        return "done";
    }
  }

  #rename(from: string, to: string): void {
    try {
      renameAt(AT_FDCWD, from, to);
    } catch (error) {
      if (!this.#isRepeat || !(error instanceof SystemError) || error.code !== "ENOENT") throw error;
    }
  }

  #sync(fd: number): "done" | "later" {
    return this.#ports.sync(fd, (error) => this.#endedLater(error));
  }

  #syncFile(path: string): "done" | "later" {
    const fd = openAt(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
    let result: "done" | "later" = "done";
    try {
      result = this.#ports.sync(fd, (error) => {
        closeFd(fd);
        this.#endedLater(error);
      });
    } finally {
      if (result === "done") closeFd(fd);
    }
    return result;
  }

  #process(): "done" | "later" {
    const { processor } = this.#settings;
    if (processor === undefined) return "done";
    const file = (name: string): string => join(this.#path, name);
    const fds: number[] = [];
    try {
      for (const [name, flags] of [["previous", O_RDONLY], ["processed", O_WRONLY | O_CREAT | O_TRUNC], ["state", O_RDONLY], ["newstate", O_WRONLY | O_CREAT | O_TRUNC]] as const) {
        fds.push(openAt(AT_FDCWD, file(name), flags, 0o666));
      }
      this.#ports.process({ dir: this.#path, ...processor, fds: fds as unknown as ProcessorRun["fds"] }, (result) => this.#processed(result));
      return "later";
    } catch (error) {
      if (error instanceof SystemError && error.syscall !== "open") throw new SystemError("spawn processor for logdir", this.#path, error.code);
      throw error;
    } finally {
      for (const fd of fds) closeFd(fd);
    }
  }

  #processed(result: "done" | "failed" | "crashed"): void {
    if (result === "done") {
      this.#endedLater(undefined);
      return;
    }
    this.#isAway = false;
    this.#ports.failed(new ProcessorError(result, this.#path));
  }
}

/** What the logdir says of it is not what it says of a system call. */
export class ProcessorError extends SystemError {
  readonly result: "failed" | "crashed";

  constructor(result: "failed" | "crashed", dir: string) {
    super("process", dir, "EIO");
    this.result = result;
  }
}
