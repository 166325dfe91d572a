import { runSetdump } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-setdump";

export const s6fdholdersetdump: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeout ] socket`,
  help: `Gives the fd-holder at SOCKET all descriptors that the variables of s6-fdholder-getdump describe. What it has under one of
the identifiers is replaced.

  -t MS  how long it may take to connect and to be answered (default 0 = for ever)

Exit codes: 0, 1 refused, or the exchange failed; 100 wrong usage, or variables that are missing or wrong; 111 nobody answers at SOCKET.`,
  run: runSetdump,
};
