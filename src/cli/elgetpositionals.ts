import { parseElgetpositionals } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "elgetpositionals";

export const elgetpositionals: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -P n ] prog...`,
  help: `Becomes PROG with the arguments of the script, as execlineb has put them into the environment, wherever its command line
says $1, $2... ($0 its name, $# their number, $@ all of them, an argument for each).

  -P N  those that are missing up to N are the empty word

Exit codes: 100 wrong usage, 111 they are not in the environment, 126 or 127 PROG can't be executed.`,
  parse: parseElgetpositionals,
};
