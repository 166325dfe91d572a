import { serveForever } from "../actors/ipcserver/own-process.ts";
import type { ServerSetup } from "../actors/ipcserver/server-loop.ts";
import { parseUint } from "../formats/uint.ts";
import { limitsOf } from "../machines/ipcserver/limits.ts";
import { AT_FDCWD } from "../sys/files.ts";
import { environment } from "../sys/launch.ts";
import { RUNNING } from "./daemon.ts";
import { known, UsageError } from "./failures.ts";
import { requireSocket, requireStdout } from "./listening-stdin.ts";
import { parseOptions } from "./options.ts";
import { exitNow } from "../sys/process.ts";
import type { Program } from "./program.ts";

const NAME = "s6-ipcserverd";
const USUAL = 40;

export const s6ipcserverd: Program = {
  name: NAME,
  synopsis: `${NAME} [ -v verbosity ] [ -1 ] [ -P | -p ] [ -c maxconn ] [ -C localmaxconn ] prog...`,
  help: `Accepts clients on stdin, a listening socket of the Unix domain, and starts PROG for each, with the connection as stdin
and stdout.

  -v N  0: says only errors; 1: warnings, too (default); 2: and every connection
  -1    writes a newline to stdout when clients can connect
  -c N  serves no more than N clients at once, the others wait (default ${USUAL}; 1 to 16384)
  -C N  serves no more than N of one user, the others are turned away (default ${USUAL}; at most as many as -c says; 0: all are turned away)
  -P    does not ask who the client is: -C means nothing then (-p: does; default)

PROG has the variables PROTO (IPC), IPCREMOTEEUID, IPCREMOTEEGID, IPCREMOTEPATH and IPCCONNNUM, which is how many connections
its user has now.

SIGTERM: stop, children go on. SIGHUP: SIGTERM and SIGCONT to all children. SIGQUIT: that, and stop. SIGABRT: SIGKILL to all
children, and stop.
Exit codes: 0 told to stop, 100 wrong usage or stdin is no socket, 111 system error.`,
  main({ args }) {
    const setup = serverSetup(args);
    requireSocket();
    if (setup.notifies) requireStdout();
    serveForever({ ...setup, environment: environment(), dirFd: AT_FDCWD }, exitNow);
    return RUNNING;
  },
};

/** What the command line says: byte strings. @throws UsageError */
export function serverSetup(args: readonly string[]): Pick<ServerSetup, "argv" | "limits" | "notifies"> {
  const { options, operands: argv } = parseOptions(args, "Pp1c:C:v:");
  let [verbosity, asksWho, notifies, most, mostOfUser] = [1, true, false, USUAL, USUAL];
  for (const { name, value } of options) {
    switch (name) {
      case "P": asksWho = false; break;
      case "p": asksWho = true; break;
      case "1": notifies = true; break;
      case "c": most = known(parseUint(value)); break;
      case "C": mostOfUser = known(parseUint(value)); break;
      case "v": verbosity = known(parseUint(value)); break;
    }
  }
  if ((argv[0] ?? "") === "") throw new UsageError();
  return { argv, notifies, limits: limitsOf({ verbosity, asksWho, most, mostOfUser }) };
}
