import { runRmrf } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-rmrf";

export const s6rmrf: ProcessProgram = {
  name: NAME,
  synopsis: "s6-rmrf subtree",
  help: `Removes a file, or a directory with all that is in it. No link is followed; nothing there is success.

Exit codes: 0 success, 100 wrong usage, 111 something can't be removed.`,
  run: runRmrf,
};
