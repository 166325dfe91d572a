import { superviseAlone } from "../actors/standalone.ts";
import { StartError } from "../actors/start-error.ts";
import { RUNNING } from "./daemon.ts";
import { fatalLine, hintLine, UsageError } from "./failures.ts";
import { exitNow } from "../sys/process.ts";
import type { Program } from "./program.ts";

export const s6supervise: Program = {
  name: "s6-supervise",
  synopsis: "s6-supervise servicedir",
  help: `Keeps the service in servicedir alive: starts ./run when it is wanted up, runs ./finish when it dies, takes
commands from s6-svc, and tells events to whoever listens in servicedir/event.
s6-svscan does the same for a whole directory of services in one process; this program supervises one service alone,
under any scanner.

Every transition is kept in a journal below servicedir/supervise/journal.d; supervise/journal points to it.

exit codes:
  0    it was told to exit (s6-svc -x, SIGTERM, SIGHUP, SIGQUIT, SIGINT)
  100  wrong usage, another instance is running, or something in servicedir is of the wrong kind
  111  a system call failed`,
  main({ args, stderr }) {
    const [servicedir] = args;
    if (servicedir === undefined) throw new UsageError();
    try {
      superviseAlone(servicedir, exitNow);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      stderr(fatalLine(`s6-supervise ${servicedir}`, error.message));
      if (error.hint !== undefined) stderr(hintLine(`s6-supervise ${servicedir}`, error.hint.text));
      return error.code;
    }
    return RUNNING;
  },
};
