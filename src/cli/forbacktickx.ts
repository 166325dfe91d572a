import { runForbacktickx } from "../chain/forbacktickx.ts";
import type { ProcessProgram } from "./chain.ts";
import { LINE_LOOP_CODES, LINE_OPTIONS } from "./loop-options.ts";

const NAME = "forbacktickx";

export const forbacktickx: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -p | -P max | -o codes | -x codes ] [ -N | -n ] [ -C | -c ] [ -0 | -d delimiters ] var { generator... } loop...`,
  help: `Starts GENERATOR, and runs LOOP once for each line that it writes, as they come, one after the other, with the variable VAR
holding it. LOOP has the stdin that forbacktickx has.

${LINE_OPTIONS}

${LINE_LOOP_CODES}`,
  run: runForbacktickx,
};
