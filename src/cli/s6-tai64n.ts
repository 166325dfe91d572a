import { formatTain } from "../formats/tain.ts";
import { filterLines, LINES } from "./filter.ts";
import type { Program } from "./program.ts";

export const s6tai64n: Program = {
  name: "s6-tai64n",
  synopsis: "s6-tai64n",
  help: `Copies lines from stdin to stdout, each with the moment when it was complete before it: @, a TAI64N label of 24
hexadecimal digits, and a space.

Exit codes: 0 end of stdin, 111 system error.`,
  main(context) {
    const { sys } = context;
    filterLines(context, { ends: LINES, line: (bytes) => Buffer.concat([Buffer.from(`${formatTain(sys.now())} `), bytes, Buffer.from("\n")]) });
    return 0;
  },
};
