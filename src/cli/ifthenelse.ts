import { runIfthenelse } from "../chain/condition.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "ifthenelse";

export const ifthenelse: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -X ] [ -s ] { prog-if... } { prog-then... } { prog-else... } prog...`,
  help: `Runs PROG-IF, then PROG-THEN if that exits 0, else PROG-ELSE; then becomes PROG, with the status of the second in the variable ?
(see foreground). An empty block is a success.

  -X  a PROG-IF that is killed by a signal counts as false
  -s  becomes what is chosen, with the words of PROG behind it

Exit codes: 0 there is no PROG, 128+N signal N killed PROG-IF, 100 wrong usage, 111 PROG-IF can't be started, 126 or 127 PROG
can't be executed.`,
  run: runIfthenelse,
};
