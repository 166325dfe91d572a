import { constants } from "node:fs";
import type { PipeEnd } from "../machines/scanner/effects.ts";
import type { Pipe } from "../machines/scanner/state.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, pipe, setNonblock } from "../sys/files.ts";
import { reopenPipe } from "./survivors.ts";

const STDIN = 0;
const STDOUT = 1;

/**
 * The pipes between services and their loggers. One descriptor per end for the whole process: the supervisors in the
 * worker threads use these very numbers, so an end is closed here, and only when the machine says that nobody needs
 * it. Both ends are close-on-exec: the children get theirs as stdin or stdout.
 */
export class LogPipes {
  readonly #pipes = new Map<number, Record<PipeEnd, number>>();
  readonly #survivorIn: (slot: number) => number | undefined;

  /** `survivorIn`: pid of a process that an earlier tree left in a slot. */
  constructor(survivorIn: (slot: number) => number | undefined = () => undefined) {
    this.#survivorIn = survivorIn;
  }

  /** Makes as many as it can; what failed, failed for `reason`. */
  open(pipes: readonly Pick<Pipe, "id" | "writer" | "reader">[]): { opened: number[]; failed: number[]; reason: string } {
    const opened: number[] = [];
    for (const [index, { id, writer, reader }] of pipes.entries()) {
      try {
        const [read, write] = this.#survived(reader, STDIN) ?? this.#survived(writer, STDOUT) ?? pipe();
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
    const pid = this.#survivorIn(slot);
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
