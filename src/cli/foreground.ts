import { runForeground } from "../chain/foreground.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "foreground";

export const foreground: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} { prog1... } prog2...`,
  help: `Runs PROG1, waits until it ends, and becomes PROG2, with the status of PROG1 in the variable ?: its exit code, 256+N when signal
N killed it, 127 or 126 when it could not be started. No PROG1 is a success.

Exit codes: 0 there is no PROG2, 100 wrong usage, 111 system error, 126 or 127 PROG2 can't be executed.`,
  run: runForeground,
};
