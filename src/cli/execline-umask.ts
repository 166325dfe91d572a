import { parseUmaskProgram } from "../chain/surroundings.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "execline-umask";

export const execlineUmask: StateProgram = {
  name: NAME,
  synopsis: `umask value prog...`,
  help: `Becomes PROG with VALUE, an octal number, for a mask of the files that it makes.

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseUmaskProgram,
};
