import { unableTo, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";

export const s6cleanfifodir: Program = {
  name: "s6-cleanfifodir",
  synopsis: "s6-cleanfifodir fifodir",
  help: `Removes what subscribers that are gone have left in a fifodir.

Exit codes: 0 success, 100 wrong usage, 111 system error.`,
  main({ args: [fifodir], sys }) {
    if (fifodir === undefined) throw new UsageError();
    unableTo(`clean up fifodir at ${fifodir}`, () => sys.cleanFifodir(fifodir));
    return 0;
  },
};
