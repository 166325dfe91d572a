import { runGetpid } from "../chain/own-facts.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "getpid";

export const getpid: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] [ -P | -p ] variable prog...`,
  help: `Becomes PROG with its process id in VARIABLE.

  -P  the id of its parent instead
  -p  its own (default)
  -E  VARIABLE is substituted in PROG's command line, and not in its environment
  -e  VARIABLE is in the environment (default)

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  run: runGetpid,
};
