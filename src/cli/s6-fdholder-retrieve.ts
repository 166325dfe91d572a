import { runRetrieve } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-retrieve";

export const s6fdholderretrieve: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -D ] [ -t timeout ] socket id prog...`,
  help: `Becomes PROG with a descriptor as its stdin that the fd-holder at SOCKET has under that identifier.

  -D     it does not hold it any more then
  -t MS  how long it may take to connect and to be answered (default 0 = for ever)

Exit codes: 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at SOCKET, 126 or 127 PROG can't be executed.`,
  run: runRetrieve,
};
