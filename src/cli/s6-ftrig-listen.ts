import { takeBlock } from "./block.ts";
import { ExitError, UsageError } from "./failures.ts";
import { parseLongOptions, parseLongTimeout } from "./options.ts";
import { EVENT_TIMED_OUT, hearPatterns } from "./patterns.ts";
import type { Program } from "./program.ts";

export const s6ftriglisten: Program = {
  name: "s6-ftrig-listen",
  synopsis: 's6-ftrig-listen [ -a | -o ] [ -t timeout ] fifodir1 regexp1 ... "" prog...',
  help: `Subscribes to fifodirs, starts prog, and waits until what each fifodir says matches its POSIX extended regular
expression. ^ is the first event since the subscription, $ the last one received. In an execlineb script the fifodirs
and expressions are a block: s6-ftrig-listen { a/event u b/event u } s6-svscanctl -a .

  -a, --and            wait for every fifodir (default)
  -o, --or             wait for any of them
  -t MS, --timeout=MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 matched, 1 timed out, 100 wrong usage, 111 system error or invalid expression; how prog ends does not
matter.`,
  main(context) {
    const { options, operands } = parseLongOptions(context.args, "aot:", { and: "a", or: "o", timeout: "t" });
    let any = false;
    let timeoutMs: number | undefined;
    for (const { name, value } of options) {
      switch (name) {
        case "a": any = false; break;
        case "o": any = true; break;
        case "t": timeoutMs = parseLongTimeout(value); break;
      }
    }
    if (operands.length === 0) throw new UsageError();
    const { words, rest: command } = takeBlock(context, "s6-ftrig-listen", operands);
    if (command === undefined) throw new ExitError(100, "unterminated fifodir+regex block");
    if (words.length === 0 || words.length % 2 !== 0 || command.length === 0) throw new UsageError();

    const subjects = Array.from({ length: words.length / 2 }, (_, index) => {
      const [fifodir = "", regexp = ""] = words.slice(2 * index);
      return { fifodir, regexp };
    });
    hearPatterns(context.sys, { subjects, any, timeoutMs, timedOut: new ExitError(1, EVENT_TIMED_OUT), command });
    return 0;
  },
};
