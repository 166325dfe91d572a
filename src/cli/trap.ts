import { runTrap } from "../chain/trap.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "trap";

export const trap: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -x ] { signal { handler... } ... } prog...`,
  help: `Runs PROG and stays until it ends; when it gets a signal that is listed, it starts HANDLER, with the pid of PROG in the variable !
and the number of the signal in SIGNAL. A second signal of the same kind is nothing while its HANDLER runs.

SIGNAL is a name, with or without SIG, or a number; "default" stands for all others. CHLD, KILL and STOP are not possible.

  -x  signals that are not listed are sent to PROG

Exit codes: that of PROG, at most 128; 128+N signal N killed PROG; 100 wrong usage, 111 PROG or HANDLER can't be started.`,
  run: runTrap,
};
