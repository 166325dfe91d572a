import { ExitError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { becomesOrExits, type ChainProcess, type Next } from "./process.ts";

/** tryexec [ -n ] [ -c ] [ -l ] [ -a ARGV0 ] { PROG1... } PROG2...: the options are for the one that is tried first. */
export function runTryexec(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "ncla:");
  const has = (letter: string): boolean => options.some(({ name }) => name === letter);
  const name = options.filter((option) => option.name === "a").at(-1)?.value;
  const { words: block, rest } = process.block(operands);
  const isReversed = has("n");
  if (block.length === 0) throw new ExitError(100, "empty block");
  if (isReversed && rest.length === 0) throw new ExitError(100, "empty remainder not allowed with -n");

  const [words, otherwise] = isReversed ? [rest, block] : [block, rest];
  const first: Next = { type: "become", words, isBare: has("c"), otherwise: becomesOrExits(otherwise) };
  return name === undefined && !has("l") ? first : { ...first, argv0: `${has("l") ? "-" : ""}${name ?? words[0] ?? ""}` };
}
