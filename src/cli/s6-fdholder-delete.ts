import { runDelete } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-delete";

export const s6fdholderdelete: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeout ] socket id`,
  help: `Has the fd-holder at SOCKET close what it has under that identifier. Who may store it may delete it.

  -t MS  how long it may take to connect and to be answered (default 0 = for ever)

Exit codes: 0, 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at SOCKET.`,
  run: runDelete,
};
