import { runEcho } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-echo";

export const s6echo: ProcessProgram = {
  name: NAME,
  synopsis: "s6-echo [ -n ] [ -s sep ] args...",
  help: `Prints its arguments, with spaces between them and a newline at the end.

  -n      no newline
  -s SEP  its first character instead of a space (empty: NUL)

Exit codes: 0 success, 100 wrong usage, 111 nobody takes the output.`,
  run: runEcho,
};
