import { runGetdump } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-getdump";

export const s6fdholdergetdump: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeout ] socket prog...`,
  help: `Becomes PROG with a copy of every descriptor that the fd-holder at SOCKET has, and with variables that tell of them:

  S6_FD#        how many there are
  S6_FD_0       the number of the first; S6_FD_1 and so on
  S6_FDID_0     its identifier
  S6_FDLIMIT_0  when it will be dropped, as TAI64N; not set: never

A shell may drop S6_FD#, which is no name to it.

  -t MS  how long it may take to connect and to be answered (default 0 = for ever)

Exit codes: 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at SOCKET, 126 or 127 PROG can't be executed.`,
  run: runGetdump,
};
