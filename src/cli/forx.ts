import { runForx } from "../chain/forx.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "forx";

export const forx: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -p | -P max ] [ -o codes | -x codes ] var { values... } loop...`,
  help: `Runs LOOP once for each of VALUES, one after the other, with the variable VAR holding it; then exits 0.

  -E        the value is substituted in LOOP, as by importas, and not in its environment
  -e        it is in its environment (default)
  -p        all at the same time: their exit codes do not count
  -P N      the same, N at a time at most
  -o CODES  ends when LOOP exits with a code that is not among CODES (numbers, with , between them), and exits with that
  -x CODES  ends when LOOP exits with one of CODES, and exits with that

Exit codes: 0 done, 100 wrong usage, 111 LOOP can't be started, those of LOOP (at most 128; 128+N killed by signal N) with -o or -x.`,
  run: runForx,
};
