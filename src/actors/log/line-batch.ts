import { gatherLines, lineOffsets } from "../../sys/lines.ts";
import type { LineRegex } from "../../sys/regex.ts";

const FIRST_LINES = 1024;

/** The lines of one read, in the pieces of memory where they lie: that is good until it is cleared. */
export class LineBatch {
  /** Runs of lines that lie in the same piece. */
  readonly #runs: { readonly bytes: Buffer; readonly first: number }[] = [];
  #offsets = new Int32Array(2 * FIRST_LINES);
  #count = 0;
  #run = 0;

  get count(): number {
    return this.#count;
  }

  add(bytes: Buffer, from: number, to: number): void {
    if (this.#runs.at(-1)?.bytes !== bytes) this.#runs.push({ bytes, first: this.#count });
    if (2 * this.#count === this.#offsets.length) this.#grow();
    this.#offsets[2 * this.#count] = from;
    this.#offsets[2 * this.#count + 1] = to;
    this.#count++;
  }

  /** Lines that all end, none of them too long. */
  addBlock(bytes: Buffer, from: number, to: number): void {
    if (this.#runs.at(-1)?.bytes !== bytes) this.#runs.push({ bytes, first: this.#count });
    let count: number | undefined;
    while ((count = lineOffsets(bytes, from, to, this.#offsets.subarray(2 * this.#count))) === undefined) this.#grow();
    this.#count += count;
  }

  /** Bytes that the lines take, with what goes before each. */
  bytesWith(before: number): number {
    return this.#runs.reduce((sum, _, index) => sum + this.#spanOf(index), this.#count * (before + 1));
  }

  /** Those that are selected, one after the other; an empty list selects all. Answers where they end. */
  gather(selected: Uint8Array, before: Uint8Array, into: Buffer, at: number): number {
    let end = at;
    for (const [index, { bytes, first }] of this.#runs.entries()) {
      const last = this.#lastOf(index);
      end = gatherLines(bytes, this.#offsets.subarray(2 * first, 2 * last), last - first, selected.subarray(first, last), before, into, end);
    }
    return end;
  }

  /** Lines must be asked for in their order. */
  at(line: number): [bytes: Buffer, from: number, to: number] {
    while ((this.#runs[this.#run + 1]?.first ?? Number.POSITIVE_INFINITY) <= line) this.#run++;
    return [this.#runs[this.#run]?.bytes ?? Buffer.alloc(0), this.#offsets[2 * line] ?? 0, this.#offsets[2 * line + 1] ?? 0];
  }

  select(pattern: LineRegex, selected: Uint8Array, value: 0 | 1): void {
    for (const [index, { bytes, first }] of this.#runs.entries()) {
      const end = this.#lastOf(index);
      pattern.select(bytes, this.#offsets.subarray(2 * first, 2 * end), end - first, selected.subarray(first, end), value);
    }
  }

  clear(): void {
    this.#runs.length = 0;
    this.#count = 0;
    this.#run = 0;
  }

  #lastOf(run: number): number {
    return this.#runs[run + 1]?.first ?? this.#count;
  }

  #spanOf(run: number): number {
    const { first } = this.#runs[run] ?? { first: 0 };
    const last = this.#lastOf(run);
    return last === first ? 0 : (this.#offsets[2 * last - 1] ?? 0) - (this.#offsets[2 * first] ?? 0);
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#offsets.length);
    larger.set(this.#offsets);
    this.#offsets = larger;
  }
}
