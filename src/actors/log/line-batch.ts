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
    if (2 * this.#count === this.#offsets.length) {
      const larger = new Int32Array(4 * this.#count);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    this.#offsets[2 * this.#count] = from;
    this.#offsets[2 * this.#count + 1] = to;
    this.#count++;
  }

  /** Lines must be asked for in their order. */
  at(line: number): [bytes: Buffer, from: number, to: number] {
    while ((this.#runs[this.#run + 1]?.first ?? Number.POSITIVE_INFINITY) <= line) this.#run++;
    return [this.#runs[this.#run]?.bytes ?? Buffer.alloc(0), this.#offsets[2 * line] ?? 0, this.#offsets[2 * line + 1] ?? 0];
  }

  select(pattern: LineRegex, selected: Uint8Array, value: 0 | 1): void {
    for (const [index, { bytes, first }] of this.#runs.entries()) {
      const end = this.#runs[index + 1]?.first ?? this.#count;
      pattern.select(bytes, this.#offsets.subarray(2 * first, 2 * end), end - first, selected.subarray(first, end), value);
    }
  }

  clear(): void {
    this.#runs.length = 0;
    this.#count = 0;
    this.#run = 0;
  }
}
