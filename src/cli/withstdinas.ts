import { runWithstdinas } from "../chain/backtick.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "withstdinas";

export const withstdinas: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -i | -I | -D value ] [ -N | -n ] [ -E | -e ] variable prog...`,
  help: `Reads its standard input to the end, and becomes PROG with what it was in VARIABLE.

  -N        with the newline at the end
  -n        without it (default)
  -E        VARIABLE is substituted in PROG's command line, and not in its environment
  -e        VARIABLE is in the environment (default)

What can't be the value of a variable, because there is a NUL in it, ends before the NUL. Or
  -i        it is an error
  -I        there is no VARIABLE
  -D VALUE  VARIABLE is VALUE

Exit codes: 0 there is no PROG, 1 a NUL and -i, 100 wrong usage, 111 standard input can't be read, 126 or 127 PROG can't be
executed.`,
  run: runWithstdinas,
};
