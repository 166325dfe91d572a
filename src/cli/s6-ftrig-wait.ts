import { msOrForever, parseUint } from "../formats/uint.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import { listen } from "./listener.ts";
import { parseLongOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** s6 reads events in chunks of this size, and answers with whole chunks. */
const CHUNK_SIZE = 32;

export const s6ftrigwait: Program = {
  name: "s6-ftrig-wait",
  synopsis: "s6-ftrig-wait [ -t timeout ] fifodir regexp",
  help: `Subscribes to a fifodir, waits until what it says matches a POSIX extended regular expression, and prints all
that has been received. ^ is the first event since the subscription, $ the last one received.

  -t MS, --timeout=MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 matched, 99 timed out, 100 wrong usage, 111 system error or invalid expression.`,
  main({ args, sys, stdout }) {
    const { options, operands: [fifodir, pattern] } = parseLongOptions(args, "t:", { timeout: "t" });
    if (fifodir === undefined || pattern === undefined) throw new UsageError();
    const limit = options.at(-1)?.value;
    const timeoutMs = limit === undefined ? undefined : parseLimit(limit);

    const purpose = `subscribe to ${fifodir} with regexp ${pattern}`;
    const received = listen(sys, { timeoutMs, chunkSize: CHUNK_SIZE }, (listener) => {
      const matches = unableTo(purpose, () => sys.compileRegex(pattern));
      unableTo(purpose, () => listener.subscribe(fifodir));
      let text: Uint8Array = new Uint8Array();
      do text = Buffer.concat([text, listener.next().bytes]);
      while (!matches(text));
      return text;
    });
    stdout(Buffer.concat([received, Buffer.from("\n")]));
    return 0;
  },
};

function parseLimit(text: string): number | undefined {
  const value = parseUint(text);
  if (value === undefined) throw new ExitError(100, "timeout must be an unsigned integer");
  return msOrForever(value);
}
