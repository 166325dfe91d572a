import { constants, openSync, writeSync } from "node:fs";

/**
 * Lines for stderr from the daemons. stderr often leads to a logger that we supervise ourselves: a full pipe must
 * never stop the loop that would restart its reader. So we write to a private non-blocking re-open of descriptor 2
 * (the flag would be shared with every other holder otherwise), and what does not fit is dropped and counted.
 */
export class LineSink {
  readonly #fd: number;
  #dropped = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A sink on a private description of `fd`; on `fd` itself where it cannot be re-opened (a socket). */
  static reopen(fd: number): LineSink {
    try {
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND;
      return new LineSink(openSync(`/proc/self/fd/${fd}`, flags));
    } catch {
      return new LineSink(fd);
    }
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    const note = this.#dropped === 0 ? "" : `(${this.#dropped} lines dropped here: stderr was full)\n`;
    try {
      writeSync(this.#fd, note + line);
      this.#dropped = 0;
    } catch {
      this.#dropped++; // EAGAIN, EPIPE, ENOSPC: there is nobody left to tell
    }
  }

  get dropped(): number {
    return this.#dropped;
  }
}
