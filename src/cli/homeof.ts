import { runHomeof } from "../chain/answers.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "homeof";

export const homeof: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} user`,
  help: `Prints the home directory of USER.

Exit codes: 0 success, 100 wrong usage, 111 there is no such user, or nobody takes the output.`,
  run: runHomeof,
};
