const NEWLINE = 10;
const NUL = 0;

/** Where a line is: bytes from `from` up to `to`, without its end. */
export type Visit = (bytes: Uint8Array, from: number, to: number) => void;

/**
 * Cuts what is read into lines, as s6-log does: a line ends at a newline or a NUL; one that is longer than the limit is
 * handed over in pieces of the limit, each a line of its own. What has no end yet is kept.
 */
export class LineCutter {
  readonly #limit: number;
  #partial = new Uint8Array(0);

  /** 0: no limit. */
  constructor(limit: number) {
    this.#limit = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  }

  get hasPartial(): boolean {
    return this.#partial.length > 0;
  }

  /** The views that `visit` gets are good only during its call. */
  take(chunk: Uint8Array, visit: Visit): void {
    const hasNul = chunk.includes(NUL);
    let from = 0;
    for (let end = endOfLine(chunk, from, hasNul); end >= 0; end = endOfLine(chunk, from, hasNul)) {
      if (this.#partial.length > 0) this.#join(chunk.subarray(from, end), true, visit);
      else if (end - from <= this.#limit) visit(chunk, from, end);
      else this.#split(chunk, from, end, visit, true);
      from = end + 1;
    }
    if (from < chunk.length) this.#join(chunk.subarray(from), false, visit);
  }

  /** The last line, though it has no end. */
  flush(visit: Visit): void {
    const rest = this.#partial;
    this.#partial = new Uint8Array(0);
    if (rest.length > 0) visit(rest, 0, rest.length);
  }

  #join(more: Uint8Array, isEnded: boolean, visit: Visit): void {
    const joined = new Uint8Array(this.#partial.length + more.length);
    joined.set(this.#partial);
    joined.set(more, this.#partial.length);
    this.#partial = new Uint8Array(0);
    const from = this.#split(joined, 0, joined.length, visit, isEnded);
    if (!isEnded) this.#partial = joined.slice(from);
  }

  /** Pieces of the limit; the rest too, when the line is ended. Answers where the rest begins. */
  #split(bytes: Uint8Array, first: number, end: number, visit: Visit, isEnded: boolean): number {
    let from = first;
    while (end - from > this.#limit) {
      visit(bytes, from, from + this.#limit);
      from += this.#limit;
    }
    if (isEnded) visit(bytes, from, end);
    return from;
  }
}

function endOfLine(chunk: Uint8Array, from: number, hasNul: boolean): number {
  const newline = chunk.indexOf(NEWLINE, from);
  if (!hasNul) return newline;
  const nul = chunk.indexOf(NUL, from);
  return newline < 0 ? nul : nul < 0 ? newline : Math.min(newline, nul);
}
