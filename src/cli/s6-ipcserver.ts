import { parseIpcserver } from "../chain/ipcserver.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-ipcserver";

export const s6ipcserver: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -q | -Q | -v ] [ -d | -D ] [ -P | -p ] [ -1 ] [ -c maxconn ] [ -C localmaxconn ] [ -b backlog ] [ -a perms ] [ -G gidlist ] [ -g gid ] [ -u uid ] [ -U ] path prog...`,
  help: `A super-server on a socket of the Unix domain: PROG is started for every client, with the connection as stdin and stdout.

  -q, -Q, -v  says errors; warnings, too (default); and every connection
  -1          writes a newline to stdout when clients can connect
  -c N        serves no more than N clients at once (default 40)
  -C N        no more than N of one user (default 40; at most as many as -c says)
  -P          does not ask who the client is (-p: does; default): s6-ipcserver-access and s6-connlimit, which need to know, refuse
  -b N        clients that may wait meanwhile
  -d, -D      replaces what is at PATH (default), or does not
  -a PERMS    permissions of PATH, octal (default 0777)
  -u UID, -g GID, -G GID,GID...
              become that once the socket is there (0: stay)
  -U          the same from the variables UID, GID, GIDLIST

The same as s6-ipcserver-socketbinder PATH s6-applyuidgid s6-ipcserverd PROG..., each with its options; they speak under
their names.

Exit codes: 0 told to stop, 100 wrong usage, 111 system error, 126 or 127 a program can't be executed.`,
  parse: parseIpcserver,
};
