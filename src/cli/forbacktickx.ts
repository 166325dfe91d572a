import { runForbacktickx } from "../chain/forbacktickx.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "forbacktickx";

export const forbacktickx: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -p | -P max | -o codes | -x codes ] [ -N | -n ] [ -C | -c ] [ -0 | -d delimiters ] var { generator... } loop...`,
  help: `Starts GENERATOR, and runs LOOP once for each line that it writes, as they come, one after the other, with the variable VAR
holding it. LOOP has the stdin that forbacktickx has.

  -E        the line is substituted in LOOP, as by importas, and not in its environment
  -e        it is in its environment (default)
  -p        all at the same time: their exit codes do not count
  -P N      the same, N at a time at most
  -o CODES  ends when LOOP exits with a code that is not among CODES (numbers, with , between them), and exits with that
  -x CODES  ends when LOOP exits with one of CODES, and exits with that
  -d BYTES  each of BYTES ends a line (default: a newline); "": netstrings
  -0        a NUL ends a line
  -N        lines keep their end; what nothing ends at the end of the input is a line, too
  -n        lines lose their end; what nothing ends is none (default)
  -C        empty lines don't count
  -c        they do (default)

Exit codes: 0 done, 1 there was no line, 100 wrong usage, 111 system error, those of LOOP (at most 128; 128+N killed by signal N)
with -o or -x.`,
  run: runForbacktickx,
};
