import { parseUint } from "../formats/uint.ts";
import { ExitError, warningLine } from "./failures.ts";
import type { Context } from "./program.ts";

export interface Block {
  readonly words: readonly string[];
  /** What follows the empty word; undefined when there is none. */
  readonly rest: readonly string[] | undefined;
}

/**
 * A block as execlineb hands it over (execline documentation, el_semicolon): its words are quoted by a space in front,
 * and an empty word ends it. A word without that space is taken as it is; $EXECLINE_STRICT 1 warns of it, more forbids.
 */
export function takeBlock({ stderr }: Context, program: string, args: readonly string[]): Block {
  const strictness = parseUint(process.env["EXECLINE_STRICT"] ?? "") ?? 0;
  const end = args.indexOf("");
  const quoted = end < 0 ? args : args.slice(0, end);
  const words = quoted.map((word, position) => {
    if (word.startsWith(" ")) return word.slice(1);
    const complaint = `unquoted argument ${word} at block 1 position ${position}`;
    if (strictness > 1) throw new ExitError(100, complaint);
    if (strictness === 1) stderr(warningLine(program, complaint));
    return word;
  });
  return { words, rest: end < 0 ? undefined : args.slice(end + 1) };
}
