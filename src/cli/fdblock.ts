import { parseFdblock } from "../chain/fd-moves.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "fdblock";

export const fdblock: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n ] fd prog...`,
  help: `Becomes PROG with descriptor FD in blocking mode. Everybody who has the same open file sees that.

  -n  in non-blocking mode

Exit codes: 100 wrong usage, 111 FD is not open, 126 or 127 PROG can't be executed.`,
  parse: parseFdblock,
};
