import { runIf } from "../chain/condition.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "if";

export const ifProgram: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -X ] [ -t | -x exitcode ] { prog1... } prog2...`,
  help: `Runs PROG1, and becomes PROG2 if that exits 0. Otherwise exits with what PROG1 said, at most 128. No PROG1 is true.

  -n       the other way round; exits 1 if PROG1 is true
  -X       a PROG1 that is killed by a signal counts as false
  -t       exits 0 where it exits
  -x CODE  exits CODE (at most 255) where it exits

Exit codes: 0 there is no PROG2, that of PROG1, 128+N signal N killed PROG1, 100 wrong usage, 111 PROG1 can't be started, 126 or
127 PROG2 can't be executed.`,
  run: runIf,
};
