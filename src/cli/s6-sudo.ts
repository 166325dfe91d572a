import { parseSudo } from "../chain/sudo.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-sudo";

export const s6sudo: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -q | -Q | -v ] [ -p bindpath ] [ -l localname ] [ -e ] [ -t timeout ] [ -T timeoutrun ] path [ args... ]`,
  help: `Asks the s6-sudod that listens at PATH to run its command with ARGS, and with our stdin, stdout and stderr. The same as
s6-ipcclient PATH s6-sudoc ARGS..., and it speaks under their names.

  -q, -Q, -v  say less, as usual, more
  -p PATH     bind our end of the connection to PATH
  -l NAME     what IPCLOCALPATH is to be
  -e          do not tell the server our environment
  -t MS       how long the command may take to be started (default 0: no limit)
  -T MS       how long it may run (default 0: no limit)

Exit codes: that of the command, at most 128; 128+N killed by signal N; 100 wrong usage,
or what answers is no s6-sudod; 111 anything else, also when nobody answers.`,
  parse: parseSudo,
};
