import { parseSetlock } from "../chain/setlock.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-setlock";

export const s6setlock: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -r | -w ] [ -n | -N ] [ -t timeout ] [ -d fd ] lockfile prog...`,
  help: `Becomes PROG with a lock on LOCKFILE, which is made if it is missing. PROG holds it as long as it lives, or until it
closes the file.

  -w     exclusive (default)
  -r     shared
  -N     waits for the lock (default)
  -n     does not wait
  -t MS  waits no longer (0 = no limit)
  -d FD  the number of PROG's descriptor (default: the lowest that is free)

Exit codes: 1 somebody else has the lock, 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  parse: parseSetlock,
};
