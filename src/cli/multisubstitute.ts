import { parseMultisubstitute } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "multisubstitute";

export const multisubstitute: StateProgram = {
  name: NAME,
  synopsis: `${NAME} { directives... } prog...`,
  help: `Becomes PROG with several substitutions at once, so that none changes what another has put there. A directive is a command
line of define, importas, elglob, elgetpositionals or multidefine without its PROG.

Exit codes: 100 wrong usage or directive, a key twice, or a variable that is not set; 111 system error, or no netstrings; 126 or 127 PROG can't be executed.`,
  parse: parseMultisubstitute,
};
