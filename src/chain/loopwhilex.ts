import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { type CodeRule, endsLoop, parseCodes } from "./codes.ts";
import { approximateCode, type ChainProcess, exits, type Next } from "./process.ts";

/** loopwhilex [ -n ] [ -o CODES | -x CODES ] PROG... */
export function runLoopwhilex(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: words } = parseOptions(args, "no:x:");
  let rule: CodeRule = { codes: [0], type: "goes on" };
  let isReversed = false;
  for (const { name, value } of options) {
    switch (name) {
      case "n": isReversed = true; break;
      case "o": rule = { codes: parseCodes(value), type: "goes on" }; break;
      case "x": rule = { codes: parseCodes(value), type: "ends" }; break;
    }
  }
  if (words.length === 0) throw new UsageError();
  for (;;) {
    const code = approximateCode(process.runToEndOrFail(words, "the loop"));
    if (endsLoop(rule, code) !== isReversed) return exits(code);
  }
}
