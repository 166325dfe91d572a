import { writeFd } from "../../sys/files.ts";

const FIRST_BYTES = 65_536;
const NEWLINE = 10;

/** Records on their way to a descriptor, in one piece of memory that grows. */
export class RecordBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** One record: what goes before the line, the line, its end. */
  add(before: Uint8Array, line: Uint8Array, from: number, to: number): void {
    const size = before.length + (to - from) + 1;
    if (this.#to + size > this.#bytes.length) this.#makeRoom(size);
    const bytes = this.#bytes;
    if (before.length > 0) bytes.set(before, this.#to);
    let at = this.#to + before.length;
    if (to - from < 64) for (let next = from; next < to; next++) bytes[at++] = line[next] ?? 0;
    else {
      bytes.set(line.subarray(from, to), at);
      at += to - from;
    }
    bytes[at] = NEWLINE;
    this.#to = at + 1;
  }

  /** Position, from the first byte that waits, behind the first record that ends at `least` bytes or later. */
  endAfter(least: number): number {
    const end = this.#bytes.indexOf(NEWLINE, this.#from + Math.max(0, least - 1));
    return end < 0 || end >= this.#to ? this.length : end + 1 - this.#from;
  }

  /** One write of at most `bytes`; how many went, "again" when none could. @throws SystemError */
  write(fd: number, bytes = this.length): number | "again" {
    const count = writeFd(fd, this.#bytes.subarray(this.#from, this.#from + bytes));
    if (count === "again") return count;
    this.#from += count;
    if (this.#from === this.#to) [this.#from, this.#to] = [0, 0];
    return count;
  }

  /** The byte that was written last. */
  clear(): void {
    [this.#from, this.#to] = [0, 0];
  }

  #makeRoom(size: number): void {
    const { length } = this;
    const target = length + size > this.#bytes.length ? Buffer.allocUnsafeSlow(2 * (length + size)) : this.#bytes;
    this.#bytes.copy(target, 0, this.#from, this.#to);
    [this.#bytes, this.#from, this.#to] = [target, 0, length];
  }
}
