import { constants } from "node:fs";
import type { LogdirSettings } from "../../machines/log/script.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, chmodAt, closeFd, openAt, statAt, statFd } from "../../sys/files.ts";
import { attempt } from "../start-error.ts";
import type { KeptPart, Saved } from "./kept-part.ts";
import type { LogdirPorts } from "./logdir-ports.ts";
import { makeDirectory, recover, takeLock } from "./logdir-start.ts";
import type { RecordBuffer } from "./record-buffer.ts";
import { COMPLETE, ProcessorError, Rotation } from "./rotation.ts";

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/** One directory of logs: what waits for it, its `current`, and the rotation that may be under way. */
export class Logdir implements KeptPart {
  readonly path: string;
  readonly pending: RecordBuffer;
  readonly #settings: LogdirSettings;
  readonly #ports: LogdirPorts;
  readonly #rotation: Rotation;
  /** -1: `current` was renamed, and there is no new one yet. */
  #fd = -1;
  #bytes = 0;
  #stepsLeft = 0;
  #isWaiting = false;
  #isCompleting = false;
  #isFinal = false;
  #isDone = false;
  #isAbandoned = false;
  #stopPeriod: () => void = () => undefined;

  constructor(path: string, settings: LogdirSettings, pending: RecordBuffer, ports: LogdirPorts) {
    this.path = path;
    this.pending = pending;
    this.#settings = settings;
    this.#ports = ports;
    this.#rotation = new Rotation(path, settings, {
      ...ports,
      current: () => this.#fd,
      reopen: () => this.#reopen(),
      failed: (error) => this.#fail(error),
      goOn: () => this.flush(),
    });
  }

  /** Takes the directory, and puts in order what an earlier logger left. @throws StartError 111 */
  open(): void {
    const { path } = this;
    makeDirectory(path);
    this.#ports.locked(takeLock(path));
    const current = attempt(`stat ${path}/current`, () => statAt(AT_FDCWD, `${path}/current`));
    if (current === undefined || (current.mode & COMPLETE) === 0) recover(path, this.#settings, this.#ports.warn);
    this.#fd = attempt(`open ${path}/current`, () => this.#openCurrent());
    this.#bytes = statFd(this.#fd)?.size ?? 0;
    this.#startPeriod();
  }

  save(into: Saved, at: number): number {
    const end = this.pending.save(into, at);
    into[end] = this.#bytes;
    into[end + 1] = this.#rotation.stepsLeft;
    return end + 2;
  }

  restore(saved: Saved, at: number): number {
    const end = this.pending.restore(saved, at);
    this.#bytes = saved[end] ?? 0;
    this.#stepsLeft = saved[end + 1] ?? 0;
    return end + 2;
  }

  /** After restore(): goes on where another process was, whose lock is held still. @throws StartError 111 */
  resume(): void {
    const { path } = this;
    const mayBeRenamed = attempt(`go on with ${path}`, () => this.#rotation.resume(this.#stepsLeft));
    if (mayBeRenamed && attempt(`stat ${path}/current`, () => statAt(AT_FDCWD, `${path}/current`)) === undefined) return;
    this.#fd = attempt(`open ${path}/current`, () => this.#openCurrent());
    const size = statFd(this.#fd)?.size ?? 0;
    // What is in the file beyond what was noted was written, but not noted any more.
    if (this.#stepsLeft === 0) this.pending.pass(Math.max(0, Math.min(size - this.#bytes, this.pending.length)));
    this.#bytes = size;
    this.#startPeriod();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Writes what waits, as far as that goes. */
  flush(): void {
    if (this.#isWaiting || this.#isAbandoned) return;
    try {
      for (;;) {
        while (this.#rotation.isUnderWay) {
          if (this.#rotation.isAway) return;
          this.#rotation.step();
        }
        if (this.pending.length === 0) break;
        this.#write();
      }
      if (this.#isFinal) this.#complete();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#fail(error);
    }
  }

  /** SIGALRM, or the time is over. An empty `current` makes no archive. */
  rotate(): void {
    if (!this.#rotation.isUnderWay && this.#bytes > 0) this.#rotation.begin();
    this.flush();
  }

  /** No more lines come: `current` is complete when everything is written. */
  finish(): void {
    this.#isFinal = true;
    this.#stopPeriod();
    this.flush();
  }

  /** Its process is gone: nothing more is done here, and what was held is given back. */
  abandon(): void {
    this.#stopPeriod();
    this.#isAbandoned = true;
    if (this.#fd >= 0) closeFd(this.#fd);
    this.#fd = -1;
  }

  /** Whole records; `current` grows to where the next line would be too much, and never by half a line on purpose. */
  #write(): void {
    const { fileBytes, tolerance } = this.#settings;
    const wanted = this.pending.endAfter(fileBytes - tolerance - this.#bytes);
    const count = this.pending.write(this.#fd, wanted);
    if (count === "again") throw new SystemError("write to", `${this.path}/current`, "EAGAIN");
    this.#bytes += count;
    if (count === wanted && this.#bytes + tolerance >= fileBytes) this.#rotation.begin();
    this.#ports.note();
  }

  #reopen(): void {
    const fresh = this.#openCurrent();
    if (this.#fd >= 0) closeFd(this.#fd);
    this.#fd = fresh;
    this.#bytes = 0;
    this.#startPeriod();
  }

  #fail(error: SystemError): void {
    this.#ports.warn(error instanceof ProcessorError ? `processor ${error.result} in ${this.path}` : `unable to ${error.message}`);
    this.#isWaiting = true;
    this.#ports.after(this.#settings.retryMs, () => {
      this.#isWaiting = false;
      this.flush();
    });
  }

  #complete(): void {
    if (this.#isDone || this.#isCompleting) return;
    const complete = (): void => {
      chmodAt(AT_FDCWD, `${this.path}/current`, this.#ports.mask | COMPLETE);
      this.#isDone = true;
    };
    this.#isCompleting = this.#ports.sync(this.#fd, (error) => {
      this.#isCompleting = false;
      try {
        if (error !== undefined) throw error;
        complete();
      } catch (failure) {
        if (!(failure instanceof SystemError)) throw failure;
        this.#fail(failure);
      }
    }) === "later";
    if (!this.#isCompleting) complete();
  }

  #openCurrent(): number {
    const path = `${this.path}/current`;
    const fd = openAt(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
    chmodAt(AT_FDCWD, path, this.#ports.mask);
    return fd;
  }

  #startPeriod(): void {
    const { periodSeconds } = this.#settings;
    this.#stopPeriod();
    if (periodSeconds > 0 && !this.#isFinal) {
      this.#stopPeriod = this.#ports.after(Math.min(periodSeconds * 1000, 0x7fffffff), () => {
        this.#startPeriod();
        this.rotate();
      });
    }
  }
}
