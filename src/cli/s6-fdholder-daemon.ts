import { parseFdholderDaemon } from "../chain/fdholder-daemon.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-fdholder-daemon";

export const s6fdholderdaemon: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -v verbosity ] [ -d | -D ] [ -1 ] [ -c maxconn ] [ -n maxfds ] [ -b backlog ] [ -G gid,gid,... ] [ -g gid ] [ -u uid ] [ -U ] [ -t timeout ] [ -T lameducktimeout ] [ -i rulesdir | -x rulesfile ] path`,
  help: `An fd-holder on a socket of the Unix domain, made at PATH for everybody: the rules say who may do what.

  -d, -D  replaces what is at PATH (default), or does not
  -b N    clients that may wait to be let in
  -u UID, -g GID, -G GID,GID...
          become that once the socket is there (0: stay)
  -U      the same from the variables UID, GID, GIDLIST
  -v, -1, -c, -n, -t, -T, -i, -x
          as s6-fdholderd has them

The same as s6-ipcserver-socketbinder PATH s6-applyuidgid s6-fdholderd, each with its options; they speak under their names.

Exit codes: as s6-fdholderd; 100 wrong usage, 111 system error, 126 or 127 a program can't be executed.`,
  parse: parseFdholderDaemon,
};
