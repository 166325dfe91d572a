import { addon } from "./addon.ts";

/** Many lines in one call: a call for each costs more than the line. */

/**
 * Where the lines are that a newline ends: from and to of each, without it, into `offsets` from index `at` on.
 * @returns how many; undefined when they do not fit.
 */
export function lineOffsets(bytes: Uint8Array, from: number, to: number, offsets: Int32Array): number | undefined {
  const count = addon.lineOffsets(bytes, from, to, offsets);
  return count < 0 ? undefined : count;
}

/**
 * Writes `before`, the line and a newline for each of `count` lines that is selected (1; an empty list: all).
 * @returns where the last one ends. @throws RangeError when `into` is too small.
 */
export function gatherLines(bytes: Uint8Array, offsets: Int32Array, count: number, selected: Uint8Array, before: Uint8Array, into: Uint8Array, at: number): number {
  const end = addon.gatherLines(bytes, offsets, count, selected, before, into, at);
  if (end < 0) throw new RangeError("no room for these lines");
  return end;
}
