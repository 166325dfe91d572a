import { runMaximumtime } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-maximumtime";

export const s6maximumtime: ProcessProgram = {
  name: NAME,
  synopsis: "s6-maximumtime [ -0 | -a | -b | -i | -k | -q | -t | -x | -1 | -2 ] milliseconds prog...",
  help: `Runs PROG and waits for it, at most MILLISECONDS long (0: without limit). If it takes longer, it gets a signal, and nobody
waits for it any more.

  -t              SIGTERM (default)
  -a -b -i -k -q  SIGALRM, SIGABRT, SIGINT, SIGKILL, SIGQUIT
  -x -1 -2        SIGXCPU, SIGUSR1, SIGUSR2
  -0              none

Exit codes: that of PROG, 128+N killed by signal N, 99 it took too long, 100 wrong usage, 111 PROG can't be started.`,
  run: runMaximumtime,
};
