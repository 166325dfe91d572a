import { runLoopwhilex } from "../chain/loopwhilex.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "loopwhilex";

export const loopwhilex: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -o codes | -x codes ] prog...`,
  help: `Runs PROG again and again, as long as it exits 0; then exits with its last exit code, at most 128, or 128+N when signal N killed
it. CODES are exit codes with , between them.

  -o CODES  goes on as long as it exits with one of CODES
  -x CODES  goes on until it exits with one of CODES
  -n        the other way round

Exit codes: those of PROG, 100 wrong usage, 111 PROG can't be started.`,
  run: runLoopwhilex,
};
