import { parseUnexport } from "../chain/variables.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "unexport";

export const unexport: StateProgram = {
  name: NAME,
  synopsis: `${NAME} variable prog...`,
  help: `Becomes PROG without VARIABLE.

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseUnexport,
};
