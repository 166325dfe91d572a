import { writeFd } from "../../sys/files.ts";
import { type Area, MOST_BYTES } from "./area.ts";
import type { LineBatch } from "./line-batch.ts";
import type { KeptPart, Saved } from "./kept-part.ts";

const NEWLINE = 10;
/** What an area may keep while nothing happens. */
export const QUIET_BYTES = 16_384;

/** Records on their way to a descriptor. What is in it is moved only between two reads: see tidy(). */
export class RecordBuffer implements KeptPart {
  readonly #area: Area;
  #from = 0;
  #to = 0;
  #peak = 0;

  constructor(area: Area) {
    this.#area = area;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** More than a quiet one needs. */
  get isSwollen(): boolean {
    return Math.max(this.#peak, this.#to) > QUIET_BYTES;
  }

  /** Nothing more may be put into it for now. */
  get isFull(): boolean {
    return this.#to > MOST_BYTES;
  }

  /** One record: what goes before the line, the line, its end. */
  add(before: Uint8Array, line: Buffer, from: number, to: number): void {
    const size = before.length + (to - from) + 1;
    this.#makeRoom(size);
    const { bytes } = this.#area;
    if (before.length > 0) bytes.set(before, this.#to);
    const at = this.#to + before.length;
    line.copy(bytes, at, from, to);
    bytes[at + to - from] = NEWLINE;
    this.#to += size;
  }

  /** Those of the lines that are selected (an empty list: all), each with what goes before it. */
  addLines(lines: LineBatch, selected: Uint8Array, before: Uint8Array): void {
    this.#makeRoom(lines.bytesWith(before.length));
    this.#to = lines.gather(selected, before, this.#area.bytes, this.#to);
  }

  /** Records that are whole already. */
  addBlock(bytes: Buffer, from: number, to: number): void {
    this.#makeRoom(to - from);
    bytes.copy(this.#area.bytes, this.#to, from, to);
    this.#to += to - from;
  }

  /** Position, from the first byte that waits, behind the first record that ends at `least` bytes or later. */
  endAfter(least: number): number {
    if (least > this.length) return this.length; // what is behind may be memory that nobody has touched yet
    const end = this.#area.bytes.indexOf(NEWLINE, this.#from + Math.max(0, least - 1));
    return end < 0 || end >= this.#to ? this.length : end + 1 - this.#from;
  }

  /** One write of at most `bytes`; how many went, "again" when none could. @throws SystemError */
  write(fd: number, bytes = this.length): number | "again" {
    const count = writeFd(fd, this.#area.bytes.subarray(this.#from, this.#from + bytes));
    if (count !== "again") this.pass(count);
    return count;
  }

  /** So many bytes need not be written any more. */
  pass(bytes: number): void {
    this.#from += bytes;
  }

  clear(): void {
    this.#from = this.#to;
  }

  /**
   * Makes use of the memory before what waits. Never over bytes that wait: whoever comes after a kill in the middle of it
   * finds them where they were.
   */
  tidy(): void {
    const { length } = this;
    if (length === 0) {
      this.#peak = Math.max(this.#peak, this.#to);
      [this.#from, this.#to] = [0, 0];
    } else if (this.#from >= length && this.#to > this.#area.bytes.length / 2) {
      this.#area.bytes.copy(this.#area.bytes, 0, this.#from, this.#to);
      [this.#from, this.#to] = [0, length];
    }
  }

  /** It has been quiet for a while: memory that a burst has taken goes back. */
  relax(): void {
    this.tidy();
    if (this.#to > 0 || this.#peak <= QUIET_BYTES) return;
    this.#area.shrink();
    this.#peak = 0;
  }

  save(into: Saved, at: number): number {
    into[at] = this.#from;
    into[at + 1] = this.#to;
    return at + 2;
  }

  restore(saved: Saved, at: number): number {
    [this.#from, this.#to] = [saved[at] ?? 0, saved[at + 1] ?? 0];
    if (this.#to > this.#area.bytes.length) this.#area.grow(this.#to);
    return at + 2;
  }

  #makeRoom(size: number): void {
    if (this.#to + size > this.#area.bytes.length) this.#area.grow(this.#to + size);
  }
}
