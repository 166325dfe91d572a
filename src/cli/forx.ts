import { runForx } from "../chain/forx.ts";
import type { ProcessProgram } from "./chain.ts";
import { LOOP_OPTIONS } from "./loop-options.ts";

const NAME = "forx";

export const forx: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -p | -P max ] [ -o codes | -x codes ] var { values... } loop...`,
  help: `Runs LOOP once for each of VALUES, one after the other, with the variable VAR holding it; then exits 0.

  -E        the value is substituted in LOOP, as by importas, and not in its environment
  -e        it is in its environment (default)
${LOOP_OPTIONS}

Exit codes: 0 done, 100 wrong usage, 111 LOOP can't be started, those of LOOP (at most 128; 128+N killed by signal N) with -o or -x.`,
  run: runForx,
};
