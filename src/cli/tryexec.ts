import { runTryexec } from "../chain/tryexec.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "tryexec";

export const tryexec: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] [ -c ] [ -l ] [ -a argv0 ] { prog1... } prog2...`,
  help: `Becomes PROG1; if that can't be executed, PROG2.

  -n        first PROG2, then PROG1
  -c        the one that is tried first has no environment
  -l        its argv[0] begins with a dash, as that of a login shell
  -a ARGV0  its argv[0]

Exit codes: 0 there is no PROG2, 100 wrong usage, 126 or 127 neither can be executed.`,
  run: runTryexec,
};
