import { decideConnlimit } from "../chain/connlimit.ts";
import { runDecider } from "../chain/decider-programs.ts";
import type { ProcessProgram } from "./chain.ts";

export const s6connlimit: ProcessProgram = {
  name: "s6-connlimit",
  synopsis: "s6-connlimit prog...",
  help: `Becomes PROG, unless this client has too many connections: more than the number in \${PROTO}CONNMAX. How many it has is told by the
super-server in \${PROTO}CONNNUM. Without \${PROTO}CONNMAX there is no limit.

Behind s6-ipcserver-access, the rules can set that variable. In a server of ours this program is no process.

Exit codes: 1 too many connections, 100 PROTO or \${PROTO}CONNNUM is missing or wrong, 126 or 127 PROG can't be executed.`,
  run: runDecider(decideConnlimit),
};
