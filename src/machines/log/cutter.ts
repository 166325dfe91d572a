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
 * Cuts bytes into lines, as s6-log does: a line ends at a newline or a NUL; one that is longer than the limit is handed
 * over in pieces of the limit, each a line of its own. No end is looked for before `scan`: there is none.
 *
 * @param limit bytes, Infinity = no limit
 * @returns where the line begins that has no end yet: `bytes.length` when there is none.
 */
export function cutLines(bytes: Buffer, from: number, scan: number, limit: number, { line, block }: LineVisitor): number {
  const hasNul = bytes.subarray(scan).includes(NUL);
  let start = block === undefined || hasNul ? from : takeBlock(bytes, from, limit, block);
  for (let end = endOfLine(bytes, Math.max(start, scan), hasNul); end >= 0; end = endOfLine(bytes, start, hasNul)) {
    start = split(bytes, start, end, limit, line);
    line(bytes, start, end);
    start = end + 1;
  }
  return split(bytes, start, bytes.length, limit, line);
}

/** All that is whole, unless a line is too long; answers where the rest begins. */
function takeBlock(bytes: Buffer, from: number, limit: number, block: Visit): number {
  const to = bytes.lastIndexOf(NEWLINE) + 1;
  for (let at = from; at < to; ) {
    const next = bytes.lastIndexOf(NEWLINE, Math.min(at + limit, to - 1));
    if (next < at) return from; // a line that must be split
    at = next + 1;
  }
  if (to > from) block(bytes, from, to);
  return Math.max(from, to);
}

/** Pieces of the limit; answers where the rest begins, which is no longer than the limit. */
function split(bytes: Buffer, first: number, end: number, limit: number, visit: Visit): number {
  let from = first;
  for (; end - from > limit; from += limit) visit(bytes, from, from + limit);
  return from;
}

function endOfLine(bytes: Buffer, from: number, hasNul: boolean): number {
  const newline = bytes.indexOf(NEWLINE, from);
  if (!hasNul) return newline;
  const nul = bytes.indexOf(NUL, from);
  return newline < 0 ? nul : nul < 0 ? newline : Math.min(newline, nul);
}
