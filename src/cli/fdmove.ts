import { parseFdmove } from "../chain/fd-moves.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "fdmove";

export const fdmove: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -c ] to from prog...`,
  help: `Becomes PROG with descriptor FROM under the number TO; what TO was is closed.

  -c  FROM stays open, too

Exit codes: 100 wrong usage, 111 FROM is not open, or TO is more than the limit; 126 or 127 PROG can't be executed.`,
  parse: parseFdmove,
};
