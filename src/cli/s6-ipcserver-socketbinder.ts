import { parseSocketbinder } from "../chain/socketbinder.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-ipcserver-socketbinder";

export const s6ipcserversocketbinder: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d | -D ] [ -b backlog ] [ -M | -m ] [ -a perms ] [ -B ] path prog...`,
  help: `Becomes PROG with a socket of the Unix domain as its stdin, bound to PATH.

  -M        a stream socket, listened on (default)
  -m        a datagram socket; takes -b 0
  -d        replaces what is at PATH, unless somebody holds PATH.lock at this moment (default)
  -D        does not: PATH must not exist
  -b N      as many clients as may wait to be accepted (default: as many as the system lets); 0: nobody listens
  -a PERMS  permissions of PATH, octal (default 0777)
  -B        the socket blocks

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  parse: parseSocketbinder,
};
