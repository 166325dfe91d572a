import { runDollarat } from "../chain/answers.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "dollarat";

export const dollarat: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -0 | -d delimiter ]`,
  help: `Prints the positional arguments that stand in the environment, \`1\` to the number in \`#\`, one per line.

  -n       nothing behind the last one
  -0       a NUL behind each instead of a newline
  -d CHAR  the first character of CHAR instead; an empty one prints netstrings (LENGTH:TEXT,)

Exit codes: 0 success, 100 wrong usage, or an argument is missing, 111 nobody takes the output.`,
  run: runDollarat,
};
