import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import { complainer } from "./block.ts";
import type { Environment } from "./environment.ts";
import type { Link, Operation } from "./operation.ts";
import { countOfPositionals, movePositionals, positionalBlock } from "./positional-variables.ts";
import type { Speech } from "./speech.ts";

/** shift [ -n WORDS ] [ -b BLOCKS ] PROG...: blocks come behind the words, and no word by itself is the default then. */
export function parseShift(args: readonly string[]): Link {
  const { options, operands: rest } = parseOptions(args, "n:b:");
  let words: number | undefined;
  let blocks: number | undefined;
  for (const { name, value } of options) {
    const number = parseUint(value);
    if (number === undefined) throw new UsageError();
    if (name === "n") words = number;
    else blocks = number;
  }
  if (rest.length === 0) throw new UsageError();
  return { operations: [{ type: "shift", words: words ?? (blocks === undefined ? 1 : 0), blocks: blocks ?? 0 }], rest };
}

/** @throws ExitError 100 */
export function shiftPositionals(environment: Environment, { words, blocks }: Extract<Operation, { type: "shift" }>, { warn }: Speech): void {
  const count = countOfPositionals(environment);
  const { strictness } = environment;
  if (words > count) {
    const text = `unable to shift ${words} arguments: got ${count}`;
    if (strictness > 1) throw new ExitError(100, `: ${text}`);
    if (strictness === 1) warn(text);
  }
  let next = 1 + Math.min(words, count);
  for (let block = 0; block < blocks; block++) {
    const found = positionalBlock(environment, next, block, complainer(strictness, warn));
    if (found === undefined) throw new ExitError(100, `: unable to shift block ${block}: too few arguments (${block})`);
    ({ next } = found);
  }
  movePositionals(environment, next - 1);
}
