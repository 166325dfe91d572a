import { unableTo, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";

export const s6ftrignotify: Program = {
  name: "s6-ftrig-notify",
  synopsis: "s6-ftrig-notify fifodir message",
  help: `Sends the characters of message, as events, to all subscribers of a fifodir.

Exit codes: 0 success, even without subscriber, 100 wrong usage, 111 system error.`,
  main({ args: [fifodir, message], sys }) {
    if (fifodir === undefined || message === undefined) throw new UsageError();
    unableTo(`notify ${fifodir}`, () => sys.notify(fifodir, message));
    return 0;
  },
};
