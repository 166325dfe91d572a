import { ExitError, UsageError } from "./failures.ts";
import { parseLongOptions, parseLongTimeout } from "./options.ts";
import { EVENT_TIMED_OUT, hearPatterns } from "./patterns.ts";
import type { Program } from "./program.ts";

export const s6ftriglisten1: Program = {
  name: "s6-ftrig-listen1",
  synopsis: "s6-ftrig-listen1 [ -t timeout ] fifodir regexp prog...",
  help: `Subscribes to a fifodir, starts prog, waits until what the fifodir says matches a POSIX extended regular expression,
and prints all that has been received. ^ is the first event since the subscription, $ the last one received.

  -t MS, --timeout=MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 matched, 1 timed out, 100 wrong usage, 111 system error or invalid expression; how prog ends does not
matter.`,
  main({ args, sys, stdout }) {
    const { options, operands: [fifodir, regexp, ...command] } = parseLongOptions(args, "t:", { timeout: "t" });
    if (fifodir === undefined || regexp === undefined || command.length === 0) throw new UsageError();
    const timeoutMs = parseLongTimeout(options.at(-1)?.value);

    const timedOut = new ExitError(1, EVENT_TIMED_OUT);
    const heard = hearPatterns(sys, { subjects: [{ fifodir, regexp }], any: false, timeoutMs, timedOut, command });
    stdout(Buffer.concat([...heard, Buffer.from("\n")]));
    return 0;
  },
};
