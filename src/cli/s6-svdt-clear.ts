import { unableTo, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";

export const s6svdtclear: Program = {
  name: "s6-svdt-clear",
  synopsis: "s6-svdt-clear servicedir",
  help: `Empties the death tally of a service.

Exit codes: 0 success, 100 wrong usage, 111 system error.`,
  main({ args: [servicedir], sys }) {
    if (servicedir === undefined) throw new UsageError();
    unableTo(`clear death tally for service ${servicedir}`, () => {
      sys.replaceFile(`${servicedir}/supervise/death_tally`, new Uint8Array());
    });
    return 0;
  },
};
