import { parseExportArray } from "../chain/variables.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "export-array";

export const exportArray: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d delimiter ] variable { values... } prog...`,
  help: `Becomes PROG with VARIABLE set to several values: as netstrings, which importas -sd "" takes apart again.

  -d C  each with the character C behind it instead

Exit codes: 100 wrong usage or no values, 126 or 127 PROG can't be executed.`,
  parse: parseExportArray,
};
