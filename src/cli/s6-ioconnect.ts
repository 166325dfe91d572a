import { runIoconnect } from "../chain/ioconnect.ts";
import type { ProcessProgram } from "./chain.ts";

export const s6ioconnect: ProcessProgram = {
  name: "s6-ioconnect",
  synopsis: "s6-ioconnect [ -t millisecs ] [ -r fdr ] [ -w fdw ]",
  help: `Copies stdin to a connection, and what comes from there to stdout, both at once. When one side ends, that is told to the other
side, and the other direction goes on. Behind s6-ipcclient the connection is where it looks for it.

  -t MS  exit 1 when nothing has happened for so many milliseconds; 0 = no limit (default)
  -r FD  where the connection is read (default 6)
  -w FD  where it is written (default 7)
  -0 -1 -6 -7  do nothing

SIGTERM ends it. At the end the descriptors block again if they did before.

Exit codes: 0 both directions have ended, or SIGTERM; 1 timed out, 100 wrong usage, 111 system error.`,
  run: runIoconnect,
};
