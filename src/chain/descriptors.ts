import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";

const INT_MAX = 2 ** 31 - 1;
/** Where Node's own descriptors go when their numbers are wanted: hardly anybody wants one of these. */
const SHELTER = 512n;

/**
 * The descriptors that the program at the end of the chain will find, in a process that has others: those of Node, which
 * have taken numbers that were free. To the chain they are not open; where it wants such a number, Node's is moved away.
 */
export class Descriptors {
  readonly #sys: Sys;
  /** The soft limit that counts: ours is higher. */
  readonly #limit: () => bigint;
  readonly #open: Set<number>;
  /** [where it is now, its number]. */
  #sheltered: (readonly [copy: number, fd: number])[] = [];

  constructor(sys: Sys, limit: () => bigint) {
    this.#sys = sys;
    this.#limit = limit;
    this.#open = new Set(sys.bornWith());
  }

  /** Ascending. */
  get open(): number[] {
    return [...this.#open].sort((one, other) => one - other);
  }

  isOpen(fd: number): boolean {
    return this.#open.has(fd);
  }

  lowestFree(): number {
    for (let fd = 0; ; fd++) if (!this.#open.has(fd)) return fd;
  }

  /** How many there may be. */
  get limit(): bigint {
    return this.#limit();
  }

  /** The lowest that are free: `count` of them, or as many as there may be. */
  free(count: number): number[] {
    const numbers: number[] = [];
    const limit = this.#limit();
    for (let fd = 0; numbers.length < count && BigInt(fd) < limit; fd++) if (!this.#open.has(fd)) numbers.push(fd);
    return numbers;
  }

  /** @throws SystemError EBADF */
  require(fd: number): void {
    if (!this.#open.has(fd)) throw new SystemError("fcntl", undefined, "EBADF");
  }

  /** Are so many numbers free? @throws SystemError EMFILE */
  requireFree(count: number): void {
    let fd = 0;
    for (let left = count; left > 0; fd++) if (!this.#open.has(fd)) left--;
    if (BigInt(fd) > this.#limit()) throw new SystemError("open", undefined, "EMFILE");
  }

  /** Can a descriptor have this number? @throws SystemError EBADF */
  requirePlace(fd: number): void {
    if (fd > INT_MAX || BigInt(fd) >= this.#limit()) throw new SystemError("dup2", undefined, "EBADF");
  }

  /** `own`: a descriptor that nobody knows yet. It gets that number, and is closed. @throws SystemError */
  place(own: number, to: number): void {
    this.#copyOnto(own, to);
    if (own !== to) this.#sys.closeFd(own);
  }

  /** dup2(2). @throws SystemError */
  copy(from: number, to: number): void {
    this.require(from);
    this.#copyOnto(from, to);
  }

  /** Like close(2), but for one that is not open, which is no error. */
  close(fd: number): void {
    if (this.#open.delete(fd)) this.#sys.closeFd(fd);
  }

  /** There will be no exec: Node gets its numbers back for its end. */
  giveBack(): void {
    for (const [copy, fd] of this.#sheltered) this.#sys.dupOnto(copy, fd);
  }

  #copyOnto(from: number, to: number): void {
    const sys = this.#sys;
    this.requirePlace(to);
    if (from !== to) {
      if (!this.#open.has(to) && sys.isOpen(to)) this.#shelter(to);
      sys.dupOnto(from, to);
    }
    this.#open.add(to);
  }

  #shelter(fd: number): void {
    const limit = this.#sys.limitOf("NOFILE").soft;
    const copy = this.#sys.dupFd(fd, limit > SHELTER ? Number(SHELTER) : fd + 1);
    const [known] = this.#sheltered.filter(([place]) => place === fd);
    this.#sheltered = this.#sheltered.filter((entry) => entry !== known);
    this.#sheltered.push([copy, known?.[1] ?? fd]);
  }
}
