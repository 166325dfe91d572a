import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { Loop, parseLoop } from "./loop.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/** forx [ -E | -e ] [ -p | -P MOST ] [ -o CODES | -x CODES ] VAR { VALUES... } LOOP... */
export function runForx(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [name, ...more] } = parseOptions(args, "EepP:o:x:");
  const rules = parseLoop(options);
  if (name === undefined || more.length === 0) throw new UsageError();
  const { words: values, rest } = process.block(more);
  const loop = new Loop(process, rules, name, rest);
  if (rest.length === 0) return exits(0);
  for (const value of values) {
    const code = loop.round(value);
    if (code !== undefined) return exits(code);
  }
  loop.finish();
  return exits(0);
}
