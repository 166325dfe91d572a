import { ExitError, known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { isPositional, pop } from "../execline/environment-stack.ts";
import { parseUint } from "../formats/uint.ts";
import { complainer } from "./block.ts";
import { countOfPositionals, type PositionalBlock, positionalBlock, positionals } from "./positional-variables.ts";
import { becomesOrExits, type ChainProcess, exits, type Next } from "./process.ts";

/** runblock [ -P ] [ -n SHIFT ] [ -r ] NUMBER COMMAND... */
export function runRunblock(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [numberText = "", ...command] } = parseOptions(args, "Pn:r");
  let [pops, isRest, shifted] = [true, false, 0];
  for (const { name, value } of options) {
    switch (name) {
      case "P": pops = false; break;
      case "r": isRest = true; break;
      case "n": shifted = known(parseUint(value)); break;
    }
  }
  const number = known(parseUint(numberText));
  if (number === 0 && !isRest) throw new UsageError();

  const { environment } = process;
  const complain = complainer(process.strictness, (text) => process.warn(text));
  let found: PositionalBlock = { words: [], next: 1 + shifted };
  for (let block = 1; block <= number; block++) found = required(positionalBlock(environment, found.next, block, complain));
  const words = isRest ? [...positionals(environment, found.next, countOfPositionals(environment))] : found.words;
  if (isRest && words.length === 0) return exits(0);
  if (pops) pop(environment, isPositional);
  return becomesOrExits([...command, ...words]);
}

function required(block: PositionalBlock | undefined): PositionalBlock {
  if (block === undefined) throw new ExitError(100, "too few arguments");
  return block;
}
