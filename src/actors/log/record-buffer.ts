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
  add(before: Uint8Array, line: Buffer, from: number, to: number): void {
    const size = before.length + (to - from) + 1;
    if (this.#to + size > this.#bytes.length) this.#makeRoom(size);
    const bytes = this.#bytes;
    if (before.length > 0) bytes.set(before, this.#to);
    const at = this.#to + before.length;
    line.copy(bytes, at, from, to);
    bytes[at + to - from] = NEWLINE;
    this.#to += size;
  }

  /** Records that are whole already. */
  addBlock(bytes: Buffer, from: number, to: number): void {
    const size = to - from;
    if (this.#to + size > this.#bytes.length) this.#makeRoom(size);
    bytes.copy(this.#bytes, this.#to, from, to);
    this.#to += size;
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
