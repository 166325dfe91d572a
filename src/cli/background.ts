import { runBackground } from "../chain/background.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "background";

export const background: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d ] { prog1... } prog2...`,
  help: `Starts PROG1 and becomes PROG2 beside it, with the pid of PROG1 in the variable !.

  -d  PROG1 is nobody's child: PROG2 has no zombie to reap

Exit codes: 0 there is no PROG2, 100 wrong usage, 111 PROG1 can't be started, 126 or 127 PROG2 can't be executed.`,
  run: runBackground,
};
