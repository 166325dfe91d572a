import { parseCd } from "../chain/surroundings.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "execline-cd";

export const execlineCd: StateProgram = {
  name: NAME,
  synopsis: `cd path prog...`,
  help: `Becomes PROG in the directory PATH. Variables such as PWD stay as they are.

Exit codes: 100 wrong usage, 111 one can't go there, 126 or 127 PROG can't be executed.`,
  parse: parseCd,
};
