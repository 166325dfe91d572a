import { ExitError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { becomesOrExits, type ChainProcess, type Next, type SpawnWish } from "./process.ts";

/** background [ -d ] { PROG1... } PROG2... */
export function runBackground(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "d");
  const { words, rest } = process.block(operands);
  if (words.length === 0) throw new ExitError(100, "empty block");
  // With nothing behind it we are gone at once, which makes any child an orphan.
  startBeside(words, process, { isOrphan: options.length > 0 && rest.length > 0 });
  return becomesOrExits(rest);
}

/**
 * Starts a child that the rest of the chain runs beside, with its pid in $!. An orphan says by itself that its program is
 * missing, and then there is no pid.
 */
export function startBeside(words: readonly string[], process: ChainProcess, wish: SpawnWish): void {
  const child = wish.isOrphan === true ? process.spawnOrTell(`${process.program} (grandchild)`, words, wish) : process.spawnOrFail(words, wish);
  process.environment.set("!", typeof child === "number" ? undefined : String(child.pid));
}
