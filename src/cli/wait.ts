import { runWait } from "../chain/wait.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "wait";

export const wait: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -I | -i ] [ -a | -o ] [ -r | -t timeout ] { pids... } prog...`,
  help: `Waits for its children PIDS, or for all that it has, and becomes PROG. Without a block the words are PIDS, and wait exits with what
the last of them said, at most 128.

  -a     for all (default)
  -o     for one: its pid is in the variable !, its exit code (at most 128; 128+N killed by signal N) in ?; both are unset if
         there was none
  -t MS  no longer than that
  -r     like -t 0: only for those that are dead
  -I     goes on when the time is over (default)
  -i     exits 99 then

Exit codes: 0 there is no PROG, 99 time-out, 100 wrong usage, 126 or 127 PROG can't be executed; without a block 127 no such child,
or time-out.`,
  run: runWait,
};
