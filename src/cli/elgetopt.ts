import { parseElgetopt } from "../chain/elgetopt.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "elgetopt";

export const elgetopt: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -D value ] optstring prog...`,
  help: `Becomes PROG with the options that its positional arguments begin with in variables: those that stand in the environment are
read as by getopt(3), the others are renumbered. -x with an argument sets ELGETOPT_x to that, without one to 1. OPTSTRING: the
letters, a colon behind those that have an argument. What ELGETOPT_x was before is on a stack (emptyenv -o).

  -D VALUE  sets options without an argument to VALUE

Exit codes: 1 an option does not exist or lacks its argument, 100 wrong usage, or a positional argument is missing, 126 or 127
PROG can't be executed.`,
  parse: parseElgetopt,
};
