import { runChown } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-chown";

export const s6chown: ProcessProgram = {
  name: NAME,
  synopsis: "s6-chown [ -U ] [ -u uid ] [ -g gid ] file",
  help: `Gives FILE, or what it leads to, another owner.

  -u UID  the user, a number
  -g GID  the group, a number
  -U      those that the variables UID and GID tell, as s6-envuidgid makes them

What is not told stays. Exit codes: 0 success, 100 wrong usage, 111 it can't be changed.`,
  run: runChown,
};
