import { UsageError } from "./failures.ts";
import { parseLongOptions, parseLongTimeout } from "./options.ts";
import { hearPatterns } from "./patterns.ts";
import type { Program } from "./program.ts";

export const s6ftrigwait: Program = {
  name: "s6-ftrig-wait",
  synopsis: "s6-ftrig-wait [ -t timeout ] fifodir regexp",
  help: `Subscribes to a fifodir, waits until what it says matches a POSIX extended regular expression, and prints all
that has been received. ^ is the first event since the subscription, $ the last one received.

  -t MS, --timeout=MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 matched, 99 timed out, 100 wrong usage, 111 system error or invalid expression.`,
  main({ args, sys, stdout }) {
    const { options, operands: [fifodir, regexp] } = parseLongOptions(args, "t:", { timeout: "t" });
    if (fifodir === undefined || regexp === undefined) throw new UsageError();
    const timeoutMs = parseLongTimeout(options.at(-1)?.value);

    const heard = hearPatterns(sys, { subjects: [{ fifodir, regexp }], any: false, timeoutMs });
    stdout(Buffer.concat([...heard, Buffer.from("\n")]));
    return 0;
  },
};
