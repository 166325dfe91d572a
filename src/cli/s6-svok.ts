import { UsageError } from "./failures.ts";
import type { Program } from "./program.ts";
import { isSupervised } from "./servicedir.ts";

export const s6svok: Program = {
  name: "s6-svok",
  synopsis: "s6-svok servicedir",
  help: `Is there a supervisor on servicedir? Prints nothing.

Exit codes: 0 yes, 1 no, 100 wrong usage, 111 system error.`,
  main({ args: [servicedir], sys }) {
    if (servicedir === undefined) throw new UsageError();
    return isSupervised(sys, servicedir) ? 0 : 1;
  },
};
