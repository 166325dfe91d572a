import type { Context } from "./program.ts";

const STDIN = 0;
const CHUNK = 65_536;
const NEWLINE = 10;

export interface Filter {
  /** Bytes that end a line; they are consumed. */
  readonly ends: readonly number[];
  /** What comes out for a line, its end included. isEnded: false for the last line, if nothing ends it. */
  line(bytes: Buffer, isEnded: boolean): Buffer;
}

/** Lines from stdin to stdout. Everything that was read is written before more is waited for. @throws SystemError */
export function filterLines({ sys, stdout }: Context, { ends, line }: Filter): void {
  const chunk = Buffer.alloc(CHUNK);
  let partial = Buffer.alloc(0);
  for (;;) {
    const count = sys.readFd(STDIN, chunk);
    if (count === "again") {
      sys.pollReadable([STDIN], undefined);
      continue;
    }
    if (count === 0) break;
    const bytes = partial.length === 0 ? Buffer.from(chunk.subarray(0, count)) : Buffer.concat([partial, chunk.subarray(0, count)]);
    const out: Buffer[] = [];
    let from = 0;
    for (let end = endOf(bytes, from, ends); end >= 0; end = endOf(bytes, from, ends)) {
      out.push(line(bytes.subarray(from, end), true));
      from = end + 1;
    }
    partial = bytes.subarray(from);
    if (out.length > 0) stdout(Buffer.concat(out));
  }
  if (partial.length > 0) stdout(line(partial, false));
}

function endOf(bytes: Buffer, from: number, ends: readonly number[]): number {
  const found = ends.map((end) => bytes.indexOf(end, from)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

export const LINES = [NEWLINE] as const;
export const LINES_AND_NULS = [NEWLINE, 0] as const;
