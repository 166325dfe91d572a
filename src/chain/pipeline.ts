import { ExitError, unableTo } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { startBeside } from "./background.ts";
import { becomes, type ChainProcess, type Next } from "./process.ts";

/** pipeline [ -d ] [ -r | -w ] { PROG1... } PROG2... */
export function runPipeline(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "drw");
  const { words, rest } = process.block(operands);
  if (words.length === 0) throw new ExitError(100, "empty block");
  if (rest.length === 0) throw new ExitError(100, "empty remainder");

  const writes = options.filter(({ name }) => name !== "d").at(-1)?.name === "w";
  const isOrphan = options.some(({ name }) => name === "d");
  const [readEnd, writeEnd] = unableTo("create pipe", () => process.sys.pipe());
  const [ours, theirs] = writes ? [writeEnd, readEnd] : [readEnd, writeEnd];
  startBeside(words, process, { isOrphan, moves: new Map([[writes ? 0 : 1, theirs]]) });
  process.sys.closeFd(theirs);
  unableTo(`move ${writes ? "stdout" : "stdin"}`, () => process.descriptors.place(ours, writes ? 1 : 0));
  return becomes(rest);
}
