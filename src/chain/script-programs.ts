import { parseExeclineb, scriptLink } from "./execlineb.ts";
import type { Parse } from "./operation.ts";
import { STATE_PROGRAMS } from "./state-programs.ts";
import { Decline } from "./step-compiler.ts";

/** What can be compiled of a script: the programs that are known, and execlineb for this file and its text. */
export function scriptPrograms(file: string, text: string): ReadonlyMap<string, Parse> {
  return new Map<string, Parse>([
    ...STATE_PROGRAMS,
    ["execlineb", (args, strict) => {
      const call = parseExeclineb(args);
      if (!("file" in call.source) || call.source.file !== file) throw new Decline("it is another script");
      return scriptLink(call, text, file, strict);
    }],
  ]);
}
