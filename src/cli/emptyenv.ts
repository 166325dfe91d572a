import { parseEmptyenv } from "../chain/variables.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "emptyenv";

export const emptyenv: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -p ] [ -l ] [ -c ] [ -o ] [ -P ] prog...`,
  help: `Becomes PROG without any environment.

  -p  PATH stays
  -l  LD_LIBRARY_PATH stays
Instead, with one of these everything else stays:
  -c  the variables that programs of execline use are removed
  -o  those of elgetopt are what they were one level below
  -P  those for the arguments of a script are what they were one level below

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseEmptyenv,
};
