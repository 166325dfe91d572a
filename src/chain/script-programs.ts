import { parseScript } from "../execline/script.ts";
import type { Parse } from "./operation.ts";
import { STATE_PROGRAMS } from "./state-programs.ts";
import { Decline } from "./step-compiler.ts";

/** What can be compiled of a script: the programs that are known, and execlineb for this file and its text. */
export function scriptPrograms(file: string, text: string): ReadonlyMap<string, Parse> {
  return new Map<string, Parse>([
    ...STATE_PROGRAMS,
    ["execlineb", ([option, path]) => {
      if (option !== "-P" || path !== file) throw new Decline("not yet");
      return { operations: [], rest: parseScript(text) };
    }],
  ]);
}
