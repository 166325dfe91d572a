import { runPosixCd } from "../chain/posix.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "posix-cd";

export const posixCd: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -L | -P ] [ - | directory [ prog... ] ]`,
  help: `Becomes PROG in DIRECTORY, as the cd of POSIX does it: without DIRECTORY in $HOME, with - where it was before ($OLDPWD), and if
DIRECTORY begins neither with / nor with . or .. in the first directory of $CDPATH that has it. PWD and OLDPWD are set. Where it
goes by - or CDPATH is printed.

  -L  .. takes away the last name of the path (default)
  -P  links are followed at once

Exit codes: 0 there is no PROG, 100 wrong usage, 111 DIRECTORY can't be entered, 126 or 127 PROG can't be executed.`,
  run: runPosixCd,
};
