import { closeSync, constants, openSync, writeSync } from "node:fs";

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
    const path = `/proc/self/fd/${fd}`;
    try {
      return new LineSink(openForWriting(path));
    } catch (error) {
      return (isWithoutReader(error) ? reopenUnread(path) : undefined) ?? new LineSink(fd);
    }
  }

  /** `line` ends with a newline. False when it was dropped. */
  write(line: string): boolean {
    const note = this.#dropped === 0 ? "" : `(${this.#dropped} lines dropped here: stderr was full)\n`;
    try {
      writeSync(this.#fd, note + line);
      this.#dropped = 0;
      return true;
    } catch {
      this.#dropped++; // EAGAIN, EPIPE, ENOSPC: there is nobody left to tell
      return false;
    }
  }

  get dropped(): number {
    return this.#dropped;
  }
}

const openForWriting = (path: string): number => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND);
const isWithoutReader = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENXIO";

/** A FIFO that nobody reads (yet) can be opened for writing while we read it ourselves. */
function reopenUnread(path: string): LineSink | undefined {
  let reader: number | undefined;
  try {
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new LineSink(openForWriting(path));
  } catch {
    return undefined;
  } finally {
    if (reader !== undefined) closeSync(reader);
  }
}
