import { runGetcwd } from "../chain/own-facts.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "getcwd";

export const getcwd: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -E | -e ] variable prog...`,
  help: `Becomes PROG with the path of the working directory in VARIABLE: an absolute one, without symbolic links.

  -E  VARIABLE is substituted in PROG's command line, and not in its environment
  -e  VARIABLE is in the environment (default)

Exit codes: 100 wrong usage, 111 the working directory has no path, 126 or 127 PROG can't be executed.`,
  run: runGetcwd,
};
