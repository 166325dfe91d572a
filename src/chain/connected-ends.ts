import { unableTo } from "../cli/failures.ts";
import { unless } from "../sys/errors.ts";
import type { ChainProcess } from "./process.ts";

interface End {
  readonly isSocket: boolean;
  /** It was before we came. */
  readonly isNonblocking: boolean;
}

/**
 * Descriptors that are read and written without waiting. Others may share them: each blocks again, if it did before, when it is
 * closed.
 */
export class Ends {
  readonly #process: ChainProcess;
  readonly #open = new Map<number, End>();

  /** @throws ExitError 111 */
  constructor(process: ChainProcess, fds: readonly number[]) {
    this.#process = process;
    const { sys, descriptors } = process;
    for (const fd of fds) {
      const isSocket = unableTo(`fstat fd ${fd}`, () => {
        descriptors.require(fd);
        return sys.statFd(fd)?.isSocket === true;
      });
      this.#open.set(fd, { isSocket, isNonblocking: unableTo(`set fd ${fd} non-blocking`, () => this.#isNonblocking(fd)) });
    }
    for (const fd of fds) sys.setNonblock(fd, true);
  }

  isOpen(fd: number): boolean {
    return this.#open.has(fd);
  }

  /** One that is closed already is no error. `after`: what we did with it. */
  close(fd: number, after: "reading" | "writing"): void {
    const end = this.#open.get(fd);
    if (end === undefined) return;
    const { sys, descriptors } = this.#process;
    this.#release(fd, end);
    // The other number of a socket may still be open; a peer that is gone is fine.
    if (end.isSocket) unless(["ENOTCONN", "EINVAL", "ENOTSUP"], () => (after === "reading" ? sys.endReading(fd) : sys.endWriting(fd)));
    descriptors.close(fd);
  }

  /** At the end: as they were. */
  closeAll(): void {
    for (const [fd, end] of [...this.#open]) this.#release(fd, end);
  }

  #release(fd: number, { isNonblocking }: End): void {
    const { sys } = this.#process;
    this.#open.delete(fd);
    if (isNonblocking) return;
    sys.setNonblock(fd, false);
    // Those that are the same open file do not block yet.
    for (const other of this.#open.keys()) sys.setNonblock(other, true);
  }

  /** Two numbers may be the same open file: none is changed before all are known. */
  #isNonblocking(fd: number): boolean {
    const { sys } = this.#process;
    const was = sys.setNonblock(fd, true);
    if (!was) sys.setNonblock(fd, false);
    return was;
  }
}
