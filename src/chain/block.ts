import { ExitError } from "../cli/failures.ts";
import { type Block, readBlock } from "../execline/block.ts";

/** The next block, and what is to be said of words in it without the space that blocks have. @throws ExitError 100 */
export function takeBlock(args: readonly string[], strictness: number, number = 1, name = "block"): {
  readonly words: readonly string[]; readonly rest: readonly string[]; readonly complaints: readonly string[];
} {
  const block = readBlock(args);
  const complaints = complaintsOf(block, strictness, number);
  const { words, rest } = block;
  if (rest === undefined) throw new ExitError(100, `unterminated ${name}`, { warnings: complaints });
  return { words, rest, complaints };
}

/** @throws ExitError 100, where the first of them is too much */
export function complaintsOf({ words, unquoted }: Block, strictness: number, number: number): string[] {
  const complaints = strictness === 0 ? [] : unquoted.map((position) => `unquoted argument ${words[position]} at block ${number} position ${position}`);
  if (strictness > 1 && complaints[0] !== undefined) throw new ExitError(100, complaints[0]);
  return complaints;
}

/** What is done about something that is not as it should be. */
export const complainer = (strictness: number, warn: (text: string) => void): ((text: string) => void) => (text) => {
  if (strictness > 1) throw new ExitError(100, text);
  if (strictness === 1) warn(text);
};
