import { runPipeline } from "../chain/pipeline.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "pipeline";

export const pipeline: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d ] [ -r | -w ] { prog1... } prog2...`,
  help: `Starts PROG1 and becomes PROG2, with a pipe from PROG1 to PROG2, and the pid of PROG1 in the variable !.

  -r  PROG2 reads what PROG1 writes (default)
  -w  PROG1 reads what PROG2 writes
  -d  PROG1 is nobody's child: PROG2 has no zombie to reap

Exit codes: 100 wrong usage, 111 PROG1 can't be started, 126 or 127 PROG2 can't be executed.`,
  run: runPipeline,
};
