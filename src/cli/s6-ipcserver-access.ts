import { runDecider } from "../chain/decider-programs.ts";
import { decideIpcserverAccess } from "../chain/ipcserver-access.ts";
import type { ProcessProgram } from "./chain.ts";

export const s6ipcserveraccess: ProcessProgram = {
  name: "s6-ipcserver-access",
  synopsis: "s6-ipcserver-access [ -v verbosity ] [ -e | -E ] [ -l localname ] [ -i rulesdir | -x rulesfile ] prog...",
  help: `Becomes PROG if rules allow the client, whose ids are in \${PROTO}REMOTEEUID and \${PROTO}REMOTEEGID.

  -i DIR   rules are in a directory, where they may change at any time
  -x FILE  rules are in a file that s6-accessrules-cdb-from-fs has made. Without rules everybody is allowed
  -e       set \${PROTO}LOCALPATH to the path of our socket, which is stdin (default)
  -l NAME  to NAME instead
  -E       remove the variables of the super-server
  -v N     what is said: 0 errors; 1 who is allowed, too (default); 2 who is refused, and that there are no rules

The first of these decides that exists: uid/self (a client with our own effective user), uid/NUMBER, gid/self, gid/NUMBER,
uid/default. In a directory each of them is one: the client is allowed if there is a file "allow" that we can read, refused if
there is a file "deny". Files in "env" are variables, as for s6-envdir; the text in "exec" is executed by execlineb in place of PROG.
Where no rule is found, the client is refused.

In a server of ours this program is no process, where it comes before anything that changes the user, the directory or
descriptors.

Exit codes: 1 refused, 100 wrong usage or variables, 111 system error, or rules that can't be read, 126 or 127 PROG can't be
executed.`,
  run: runDecider(decideIpcserverAccess),
};
