import { parseFdswap } from "../chain/fd-moves.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "fdswap";

export const fdswap: StateProgram = {
  name: NAME,
  synopsis: `${NAME} fd1 fd2 prog...`,
  help: `Becomes PROG with the two descriptors exchanged.

Exit codes: 100 wrong usage, 111 one of them is not open, 126 or 127 PROG can't be executed.`,
  parse: parseFdswap,
};
