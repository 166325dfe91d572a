import { runTransferdump } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-transferdump";

export const s6fdholdertransferdump: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeoutfrom:timeoutto ] socketfrom socketto`,
  help: `Gives the fd-holder at SOCKETTO a copy of all that the one at SOCKETFROM has. What it has under one of the identifiers is
replaced.

  -t FROM:TO  how long each of the two may take, in milliseconds (default 0 = for ever)

Exit codes: 0, 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at one of the two.`,
  run: runTransferdump,
};
