import { parseTain } from "../formats/tain.ts";
import { civilTime } from "../sys/civil-time.ts";
import { filterLines, LINES } from "./filter.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** `@` and 24 digits. */
const LABEL_BYTES = 25;

export const s6tai64nlocal: Program = {
  name: "s6-tai64nlocal",
  synopsis: "s6-tai64nlocal [ -g ]",
  help: `Copies lines from stdin to stdout; a TAI64N label at the beginning of a line becomes a local time, such as
2026-11-21 03:12:44.123456789.

  -g  UTC instead of local time

Exit codes: 0 end of stdin, 100 wrong usage, 111 system error.`,
  main(context) {
    const isUtc = parseOptions(context.args, "g").options.length > 0;
    const line = (bytes: Buffer, isEnded: boolean): Buffer => {
      const end = isEnded ? "\n" : "";
      const label = bytes.length + end.length > LABEL_BYTES ? parseTain(bytes.subarray(0, LABEL_BYTES).toString("latin1").toLowerCase()) : undefined;
      const time = label === undefined ? undefined : civilTime(label, isUtc);
      if (time === undefined) return Buffer.concat([bytes, Buffer.from(end)]);
      return Buffer.concat([Buffer.from(time), bytes.subarray(LABEL_BYTES), Buffer.from(end)]);
    };
    filterLines(context, { ends: LINES, line });
    return 0;
  },
};
