import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { cutLines } from "../../../src/machines/log/cutter.ts";

function cut(limit: number, chunks: readonly Buffer[], hasBlocks: boolean): { lines: string[]; rest: string } {
  const lines: string[] = [];
  const into = (list: string[]) => (bytes: Buffer, from: number, to: number) => void list.push(Buffer.from(bytes.subarray(from, to)).toString("latin1"));
  const block = (bytes: Buffer, from: number, to: number): void => {
    const whole = bytes.subarray(from, to).toString("latin1");
    expect(whole.endsWith("\n")).toBe(true);
    lines.push(...whole.slice(0, -1).split("\n"));
  };
  const bytes = Buffer.concat(chunks);
  const visitor = { line: into(lines), block: hasBlocks ? block : undefined };
  let [from, to] = [0, 0];
  for (const { length } of chunks) {
    from = cutLines(bytes.subarray(0, to + length), from, to, limit === 0 ? Number.POSITIVE_INFINITY : limit, visitor);
    to += length;
  }
  return { lines, rest: bytes.subarray(from).toString("latin1") };
}

/** As the documentation says it, without any care for speed. */
function reference(limit: number, text: string): { lines: string[]; rest: string } {
  const pieces = text.split(/[\n\0]/);
  const rest = pieces.pop() ?? "";
  const split = (line: string, isEnded: boolean): string[] => {
    const parts: string[] = [];
    let left = line;
    while (limit > 0 && left.length > limit) {
      parts.push(left.slice(0, limit));
      left = left.slice(limit);
    }
    return isEnded ? [...parts, left] : [...parts, `rest ${left}`];
  };
  const last = split(rest, false);
  return { lines: [...pieces.flatMap((line) => split(line, true)), ...last.slice(0, -1)], rest: (last.at(-1) ?? "").slice(5) };
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\0", "\xff"), maxLength: 60 });

test.prop([text, fc.constantFrom(0, 1, 3, 7), fc.array(fc.nat({ max: 9 }), { maxLength: 30 }), fc.boolean()])("lines are the same in whatever pieces they come", (input, limit, sizes, hasBlocks) => {
  const bytes = Buffer.from(input, "latin1");
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size + 1));
    at += size + 1;
  }
  chunks.push(bytes.subarray(at));
  expect(cut(limit, chunks, hasBlocks)).toEqual(reference(limit, input));
});
