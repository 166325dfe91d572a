import { runStore } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-store";

export const s6fdholderstore: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d fd ] [ -t timeout ] [ -T fdtimeout ] socket id`,
  help: `Gives a descriptor to the fd-holder at SOCKET, under an identifier that is not in use: 1 to 255 bytes.

  -d FD  which one (default 0)
  -t MS  how long it may take to connect and to be answered (default 0 = for ever)
  -T MS  after that time it is dropped (default 0 = never)

Exit codes: 0, 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at SOCKET.`,
  run: runStore,
};
