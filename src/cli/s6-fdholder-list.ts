import { runList } from "../chain/fdholder.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-fdholder-list";

export const s6fdholderlist: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeout ] socket`,
  help: `Prints the identifiers of all that the fd-holder at SOCKET has, a line each; in them a backslash is \\\\, control bytes are
\\a \\b \\t \\n \\v \\f \\r or \\0xHH, and so is what is not ASCII.

  -t MS  how long it may take to connect and to be answered (default 0 = for ever)

Exit codes: 0, 1 refused, or the exchange failed; 100 wrong usage, 111 nobody answers at SOCKET.`,
  run: runList,
};
