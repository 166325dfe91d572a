import { parseSetsid } from "../chain/setsid.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-setsid";

export const s6setsid: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -s | -b | -f | -g ] [ -i | -I | -q ] [ -d ctty ] prog...`,
  help: `Becomes PROG in a session or process group of its own.

  -s, --session                        a new session (default)
  -b, --background-process-group       a new process group
  -f, --foreground-process-group       ... and the one in the foreground of the terminal
  -g, --foreground-process-group-grab  ... even if we are in the background
      --process-group, --foreground, --grab  each of these by itself
  -d FD, --ctty=FD                     the terminal (default: /dev/tty)
  -I, --no-strict                      what fails draws a warning (default)
  -i, --strict                         ... ends with 111
  -q, --quiet                          ... goes unmentioned

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  parse: parseSetsid,
};
