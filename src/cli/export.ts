import { parseExport } from "../chain/variables.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "export";

export const exportProgram: StateProgram = {
  name: NAME,
  synopsis: `${NAME} variable value prog...`,
  help: `Becomes PROG with VARIABLE set to VALUE.

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseExport,
};
