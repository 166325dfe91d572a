import { runBacktick } from "../chain/backtick.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "backtick";

export const backtick: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -i | -I | -x | -D value ] [ -N | -n ] [ -E | -e ] variable { prog1... } prog2...`,
  help: `Runs PROG1, and becomes PROG2 with PROG1's output in VARIABLE.

  -N        with the newline at the end
  -n        without it (default)
  -E        VARIABLE is substituted in PROG2's command line, and not in its environment
  -e        VARIABLE is in the environment (default)

When PROG1 fails, or a NUL is in its output:
  -i        exits with what PROG1 said, at most 128, or with 124 (default)
  -I        VARIABLE is what came before the NUL or the failure
  -x        there is no VARIABLE
  -D VALUE  VARIABLE is VALUE
Except with -i, the variable ? is PROG1's exit code, or 256 and the number of the signal that killed it.

Exit codes: that of PROG1, 128+N signal N killed PROG1, 100 wrong usage, 111 PROG1 can't be started, 124 a NUL, 126 or 127 PROG2
can't be executed.`,
  run: runBacktick,
};
