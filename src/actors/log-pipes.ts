import { constants } from "node:fs";
import type { PipeEnd } from "../machines/scanner/effects.ts";
import type { Pipe } from "../machines/scanner/state.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, isOpen, pipe, setNonblock } from "../sys/files.ts";
import { reopenPipe } from "./survivors.ts";

const STDIN = 0;
const STDOUT = 1;

/** What an earlier tree left between the services of two slots. */
export interface PastPipes {
  /** Pid of a process that lives on in a slot. */
  survivorIn(slot: number): number | undefined;
  keptPipe(writer: number, reader: number): [read: number, write: number] | undefined;
}

/**
 * The pipes between services and their loggers. One descriptor per end for the whole process: the supervisors in the
 * worker threads use these very numbers, so an end is closed here, and only when the machine says that nobody needs
 * it. Both ends are close-on-exec: the children get theirs as stdin or stdout.
 */
export class LogPipes {
  readonly #pipes = new Map<number, Record<PipeEnd, number>>();
  readonly #past: PastPipes;

  constructor(past: PastPipes = { survivorIn: () => undefined, keptPipe: () => undefined }) {
    this.#past = past;
  }

  /** Of these, closes what belongs to no pipe: an end that nobody knows would keep end-of-file away. */
  closeUnclaimed(fds: readonly number[]): void {
    const claimed = new Set(this.descriptors);
    for (const fd of fds) if (!claimed.has(fd) && isOpen(fd)) closeFd(fd);
  }

  /** Every end that is open. */
  get descriptors(): number[] {
    return [...this.#pipes.values()].flatMap(({ read, write }) => [read, write]).filter((fd) => fd >= 0);
  }

  /** Makes as many as it can; what failed, failed for `reason`. */
  open(pipes: readonly Pick<Pipe, "id" | "writer" | "reader">[]): { opened: number[]; failed: number[]; reason: string } {
    const opened: number[] = [];
    for (const [index, { id, writer, reader }] of pipes.entries()) {
      try {
        const kept = this.#past.keptPipe(writer, reader);
        const [read, write] = kept ?? this.#survived(reader, STDIN) ?? this.#survived(writer, STDOUT) ?? pipe();
        this.#pipes.set(id, { read, write });
        opened.push(id);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return { opened, failed: pipes.slice(index).map((pipe) => pipe.id), reason: error.reason };
      }
    }
    return { opened, failed: [], reason: "" };
  }

  /** The pipe of a process that lives on, with what is in it: a pipe can be opened again through either end. */
  #survived(slot: number, fd: number): [read: number, write: number] | undefined {
    const pid = this.#past.survivorIn(slot);
    if (pid === undefined) return undefined;
    const read = reopenPipe(pid, fd, constants.O_RDONLY | constants.O_NONBLOCK);
    if (read === undefined) return undefined;
    const write = reopenPipe(pid, fd, constants.O_WRONLY | constants.O_NONBLOCK);
    if (write === undefined) {
      closeFd(read);
      return undefined;
    }
    for (const end of [read, write]) setNonblock(end, false);
    return [read, write];
  }

  /** @throws RangeError for an end that is not open: never hand out a number that may be somebody else's by now. */
  fd(id: number, end: PipeEnd): number {
    const fd = this.#pipes.get(id)?.[end] ?? -1;
    if (fd < 0) throw new RangeError(`the ${end} end of log pipe ${id} is not open`);
    return fd;
  }

  close(id: number, end: PipeEnd): void {
    const ends = this.#pipes.get(id);
    const fd = this.fd(id, end);
    if (ends === undefined) return;
    ends[end] = -1;
    if (ends.read < 0 && ends.write < 0) this.#pipes.delete(id);
    closeFd(fd);
  }
}
