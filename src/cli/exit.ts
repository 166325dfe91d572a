import { runExit } from "../chain/answers.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "exit";

export const exitProgram: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ code ]`,
  help: `Exits with CODE, a number of which the last 8 bits count (default: 0).

Exit codes: CODE, 100 wrong usage.`,
  answers: true,
  run: runExit,
};
