import { sudodForever } from "../actors/sudo/own-process.ts";
import { parseSudod } from "../chain/sudod.ts";
import { environment, wasOpen } from "../sys/launch.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError } from "./failures.ts";
import { exitNow } from "../sys/process.ts";
import type { Program } from "./program.ts";

const NAME = "s6-sudod";
/** Where a super-server puts the connection. */
const CONNECTION = [0, 1];

export const s6sudod: Program = {
  name: NAME,
  synopsis: `${NAME} [ -0 ] [ -1 ] [ -2 ] [ -d ] [ -t timeout ] args...`,
  help: `For a super-server: runs ARGS, and what the client adds to them, for an s6-sudo that is connected to stdin and stdout. The
command has the client's stdin, stdout and stderr. Its environment is that of s6-sudod, but for variables that are set and
empty: they get the client's values. PATH is s6-sudod's. When the client goes away, the command gets SIGTERM and SIGCONT.

  -0     its stdin is /dev/null
  -1     its stdout is /dev/null
  -2     its stderr is that of s6-sudod
  -d     all three, and the command goes on without its client
  -t MS  how long the client may take to say what it wants (default 0: no limit)

A request has at most 8 MiB and 131072 arguments and as many variables; it must have exactly three descriptors. Nothing is run
unless all of it is valid.
Exit codes: 0 the command has ended, 1 the client went away, 100 wrong usage or a wrong request, 111 system error.`,
  main({ args }) {
    const options = parseSudod(args);
    if (!CONNECTION.every(wasOpen)) throw new ExitError(111, "unable to make socket non-blocking: Bad file descriptor");
    sudodForever(options, environment(), exitNow);
    return RUNNING;
  },
};
