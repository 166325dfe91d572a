import { runFdreserve } from "../chain/own-facts.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "fdreserve";

export const fdreserve: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} number prog...`,
  help: `Becomes PROG with the numbers of NUMBER descriptors that are not open, in the variables FD0, FD1 and so on.

Exit codes: 100 wrong usage, or more than there can ever be, 111 there are not so many left, 126 or 127 PROG can't be executed.`,
  run: runFdreserve,
};
