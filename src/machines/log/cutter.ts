const NEWLINE = 10;
const NUL = 0;

/** Where a line is: bytes from `from` up to `to`, without its end. */
export type Visit = (bytes: Buffer, from: number, to: number) => void;

export interface LineVisitor {
  readonly line: Visit;
  /** For who does not care where lines are: many of them, each with its newline. */
  readonly block?: Visit | undefined;
}

/**
 * Cuts what is read into lines, as s6-log does: a line ends at a newline or a NUL; one that is longer than the limit is
 * handed over in pieces of the limit, each a line of its own. What has no end yet is kept.
 */
export class LineCutter {
  readonly #limit: number;
  #partial = Buffer.alloc(0);

  /** 0: no limit. */
  constructor(limit: number) {
    this.#limit = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  }

  get hasPartial(): boolean {
    return this.#partial.length > 0;
  }

  /** The views that `visit` gets are good only during its call. */
  take(chunk: Buffer, { line: visit, block }: LineVisitor): void {
    const hasNul = chunk.includes(NUL);
    let from = 0;
    if (block !== undefined && !hasNul) from = this.#takeBlock(chunk, visit, block);
    for (let end = endOfLine(chunk, from, hasNul); end >= 0; end = endOfLine(chunk, from, hasNul)) {
      if (this.#partial.length > 0) this.#join(chunk.subarray(from, end), true, visit);
      else if (end - from <= this.#limit) visit(chunk, from, end);
      else this.#split(chunk, from, end, visit, true);
      from = end + 1;
    }
    if (from < chunk.length) this.#join(chunk.subarray(from), false, visit);
  }

  /** All that is whole and no line too long; answers where the rest begins. */
  #takeBlock(chunk: Buffer, visit: Visit, block: Visit): number {
    let from = 0;
    if (this.#partial.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) return 0;
      this.#join(chunk.subarray(0, end), true, visit);
      from = end + 1;
    }
    const to = chunk.lastIndexOf(NEWLINE) + 1;
    for (let at = from; at < to; ) {
      const next = chunk.lastIndexOf(NEWLINE, Math.min(at + this.#limit, to - 1));
      if (next < at) return from; // a line that must be split
      at = next + 1;
    }
    if (to > from) block(chunk, from, to);
    return Math.max(from, to);
  }

  /** The last line, though it has no end. */
  flush(visit: Visit): void {
    const rest = this.#partial;
    this.#partial = Buffer.alloc(0);
    if (rest.length > 0) visit(rest, 0, rest.length);
  }

  #join(more: Buffer, isEnded: boolean, visit: Visit): void {
    const joined = Buffer.concat([this.#partial, more]);
    this.#partial = Buffer.alloc(0);
    const from = this.#split(joined, 0, joined.length, visit, isEnded);
    if (!isEnded) this.#partial = joined.subarray(from);
  }

  /** Pieces of the limit; the rest too, when the line is ended. Answers where the rest begins. */
  #split(bytes: Buffer, first: number, end: number, visit: Visit, isEnded: boolean): number {
    let from = first;
    while (end - from > this.#limit) {
      visit(bytes, from, from + this.#limit);
      from += this.#limit;
    }
    if (isEnded) visit(bytes, from, end);
    return from;
  }
}

function endOfLine(chunk: Buffer, from: number, hasNul: boolean): number {
  const newline = chunk.indexOf(NEWLINE, from);
  if (!hasNul) return newline;
  const nul = chunk.indexOf(NUL, from);
  return newline < 0 ? nul : nul < 0 ? newline : Math.min(newline, nul);
}
