import { parseFdclose } from "../chain/fd-moves.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "fdclose";

export const fdclose: StateProgram = {
  name: NAME,
  synopsis: `${NAME} fd prog...`,
  help: `Becomes PROG without descriptor FD. One that is not open is no error.

Exit codes: 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseFdclose,
};
