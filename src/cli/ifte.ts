import { runIfte } from "../chain/condition.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "ifte";

export const ifte: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -X ] { prog-then... } { prog-else... } prog-if...`,
  help: `Like ifelse, with the condition behind: runs PROG-IF, and becomes PROG-THEN if that exits 0, else PROG-ELSE.

  -n  the other way round
  -X  a PROG-IF that is killed by a signal counts as false

Exit codes: 0 there is nothing to become, 128+N signal N killed PROG-IF, 100 wrong usage, 111 PROG-IF can't be started, 126 or
127 what is chosen can't be executed.`,
  run: runIfte,
};
