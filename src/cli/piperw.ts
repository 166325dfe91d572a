import { parsePiperw } from "../chain/fd-moves.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "piperw";

export const piperw: StateProgram = {
  name: NAME,
  synopsis: `${NAME} fdr fdw prog...`,
  help: `Becomes PROG with a new pipe: descriptor FDR reads from it, FDW writes to it.

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  parse: parsePiperw,
};
