import { parseExeclineb, scriptLink } from "./execlineb.ts";
import type { Parse } from "./operation.ts";
import { STATE_PROGRAMS } from "./state-programs.ts";
import { Decline } from "./step-compiler.ts";

interface Script {
  readonly file: string;
  readonly text: string;
}

const NAME = "execlineb";

/** execlineb of a text, or of a file that was read before. */
const parseWith = (script: Script | undefined): Parse => (args, strict) => {
  const call = parseExeclineb(args);
  if ("text" in call.source) return scriptLink(call, call.source.text, NAME, strict);
  if (call.source.file !== script?.file) throw new Decline("it is a script of its own");
  return scriptLink(call, script.text, script.file, strict);
};

/** All that can be compiled, in a script. */
export const scriptPrograms = (script: Script): ReadonlyMap<string, Parse> => new Map([...STATE_PROGRAMS, [NAME, parseWith(script)]]);

/** And elsewhere. */
export const COMPILED_PROGRAMS: ReadonlyMap<string, Parse> = new Map([...STATE_PROGRAMS, [NAME, parseWith(undefined)]]);
