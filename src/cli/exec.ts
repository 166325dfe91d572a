import { parseExec } from "../chain/surroundings.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "exec";

export const execProgram: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -c ] [ -l ] [ -a argv0 ] prog...`,
  help: `Becomes PROG.

  -c        without any environment
  -a ARGV0  with this for its name
  -l        with a dash in front of its name, as login shells have it

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseExec,
};
