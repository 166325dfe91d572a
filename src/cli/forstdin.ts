import { runForstdin } from "../chain/forstdin.ts";
import type { ProcessProgram } from "./chain.ts";
import { LINE_LOOP_CODES, LINE_OPTIONS } from "./loop-options.ts";

const NAME = "forstdin";

export const forstdin: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -p | -P max | -o codes | -x codes ] [ -N | -n ] [ -C | -c ] [ -0 | -d delimiters ] var loop...`,
  help: `Runs LOOP once for each line of stdin, as they come, one after the other, with the variable VAR holding it.

${LINE_OPTIONS}

${LINE_LOOP_CODES}`,
  run: runForstdin,
};
