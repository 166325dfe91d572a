import { runIfelse } from "../chain/condition.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "ifelse";

export const ifelse: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -X ] { prog-if... } { prog-then... } prog-else...`,
  help: `Runs PROG-IF, and becomes PROG-THEN if that exits 0, else PROG-ELSE. No PROG-IF is true.

  -n  the other way round
  -X  a PROG-IF that is killed by a signal counts as false

Exit codes: 0 there is nothing to become, 128+N signal N killed PROG-IF, 100 wrong usage, 111 PROG-IF can't be started, 126 or
127 what is chosen can't be executed.`,
  run: runIfelse,
};
