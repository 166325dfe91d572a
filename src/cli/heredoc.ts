import { runHeredoc } from "../chain/heredoc.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "heredoc";

export const heredoc: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d ] fd text prog...`,
  help: `Becomes PROG, which finds TEXT on its descriptor FD.

  -d  is understood: it would be for the child that writes the text, and there is none

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  run: runHeredoc,
};
