import { runSudoc } from "../chain/sudoc.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-sudoc";

export const s6sudoc: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -e ] [ -t timeoutconn ] [ -T timeoutrun ] [ args... ]`,
  help: `Asks the s6-sudod that descriptors 6 (reading) and 7 (writing) are connected to, to run its command with ARGS, and with
our stdin, stdout and stderr; waits for its end.

  -e     do not tell the server our environment
  -t MS  how long the command may take to be started (default 0: no limit)
  -T MS  how long it may run (default 0: no limit): then the connection is closed, and s6-sudod ends it

Exit codes: that of the command, at most 128; 128+N killed by signal N; 100 wrong usage,
or what answers is no s6-sudod; 111 anything else, also when nobody answers.`,
  run: runSudoc,
};
