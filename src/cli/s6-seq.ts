import { runSeq } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-seq";

export const s6seq: ProcessProgram = {
  name: NAME,
  synopsis: "s6-seq [ -w ] [ -s separator ] [ first [ increment ] ] last",
  help: `Prints the numbers from FIRST (default: 1) to LAST, each INCREMENT (default: 1) more than the one before. Unsigned numbers.

  -w      all with as many digits as LAST
  -s SEP  behind each instead of a newline (empty: NUL)

Exit codes: 0 success, 100 wrong usage, 111 nobody takes the output.`,
  run: runSeq,
};
