import { cutLines, type LineVisitor } from "../../machines/log/cutter.ts";
import { type Area, MOST_BYTES } from "./area.ts";
import { QUIET_BYTES } from "./record-buffer.ts";
import type { KeptPart, Saved } from "./kept-part.ts";

const ONE_READ = 65_536;

/** A line that has no end yet, and what was read after it. */
export class InputBuffer implements KeptPart {
  readonly #area: Area;
  readonly #limit: number;
  #from = 0;
  #to = 0;
  #peak = 0;

  /** Longest line, 0 = no limit but that of the memory. */
  constructor(area: Area, limit: number) {
    this.#area = area;
    this.#limit = limit === 0 ? MOST_BYTES : limit;
  }

  get hasPartial(): boolean {
    return this.#to > this.#from;
  }

  /** Room for what is read next, behind what is there. Between two reads only: see RecordBuffer.tidy(). */
  room(bytes: number): Buffer {
    const length = this.#to - this.#from;
    if (length === 0) {
      this.#peak = Math.max(this.#peak, this.#to);
      [this.#from, this.#to] = [0, 0];
    }
    if (this.#to + bytes > this.#area.bytes.length) {
      if (this.#from >= length && length + bytes <= this.#area.bytes.length) {
        this.#area.bytes.copy(this.#area.bytes, 0, this.#from, this.#to);
        [this.#from, this.#to] = [0, length];
      } else this.#area.grow(this.#to + bytes);
    }
    return this.#area.bytes.subarray(this.#to, this.#to + bytes);
  }

  /** So many bytes were read into room(). */
  cut(bytes: number, visitor: LineVisitor): void {
    const scan = this.#to;
    this.#to += bytes;
    this.#from = cutLines(this.#area.bytes.subarray(0, this.#to), this.#from, scan, this.#limit, visitor);
  }

  /** The last line, though it has no end. */
  flush({ line }: LineVisitor): void {
    if (this.hasPartial) line(this.#area.bytes, this.#from, this.#to);
    this.#from = this.#to;
  }

  get isSwollen(): boolean {
    return Math.max(this.#peak, this.#to) > QUIET_BYTES;
  }

  relax(): void {
    if (this.hasPartial || !this.isSwollen) return;
    this.#area.shrink();
    this.#peak = this.#from = this.#to = 0;
  }

  save(into: Saved, at: number): number {
    into[at] = this.#from;
    into[at + 1] = this.#to;
    return at + 2;
  }

  restore(saved: Saved, at: number): number {
    [this.#from, this.#to] = [saved[at] ?? 0, saved[at + 1] ?? 0];
    // Room for a read that was under way: room() must not move anything then.
    if (this.#to + ONE_READ > this.#area.bytes.length) this.#area.grow(this.#to + ONE_READ);
    return at + 2;
  }
}
