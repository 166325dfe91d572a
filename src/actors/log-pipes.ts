import type { PipeEnd } from "../machines/scanner/effects.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, pipe } from "../sys/files.ts";

/**
 * The pipes between services and their loggers. One descriptor per end for the whole process: the supervisors in the
 * worker threads use these very numbers, so an end is closed here, and only when the machine says that nobody needs
 * it. Both ends are close-on-exec: the children get theirs as stdin or stdout.
 */
export class LogPipes {
  readonly #pipes = new Map<number, Record<PipeEnd, number>>();

  /** Makes as many as it can; what failed, failed for `reason`. */
  open(ids: readonly number[]): { opened: number[]; failed: number[]; reason: string } {
    const opened: number[] = [];
    for (const [index, id] of ids.entries()) {
      try {
        const [read, write] = pipe();
        this.#pipes.set(id, { read, write });
        opened.push(id);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return { opened, failed: ids.slice(index), reason: error.reason };
      }
    }
    return { opened, failed: [], reason: "" };
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
