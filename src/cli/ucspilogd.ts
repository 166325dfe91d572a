import { translateCode } from "../formats/syslog.ts";
import { filterLines, LINES_AND_NULS } from "./filter.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** A TAI64N stamp of another logger, with the space behind it. */
const STAMP_BYTES = 26;

export const ucspilogd: Program = {
  name: "ucspilogd",
  synopsis: "ucspilogd [ -D default ] [ var... ]",
  help: `Copies syslog lines from stdin to stdout: the values of the variables first, each with a colon, then the line, whose
leading <NUMBER> becomes facility.priority. Lines end with newlines or NULs. A TAI64N stamp stays in front.

  -D TEXT  instead of a variable that is not there (default <undefined>)

Exit codes: 0 end of stdin, 100 wrong usage, 111 system error.`,
  main(context) {
    const { options, operands } = parseOptions(context.args, "D:");
    const missing = options.at(-1)?.value ?? "<undefined>";
    const variables = Buffer.from(operands.map((name) => `${process.env[name] ?? missing}: `).join(""));
    filterLines(context, {
      ends: LINES_AND_NULS,
      line(bytes) {
        const hasStamp = bytes[0] === 0x40 && bytes.length > STAMP_BYTES && bytes.indexOf(0x20) === STAMP_BYTES - 1;
        const [stamp, message] = hasStamp ? [bytes.subarray(0, STAMP_BYTES), bytes.subarray(STAMP_BYTES)] : [Buffer.alloc(0), bytes];
        const { name, text } = translateCode(message);
        return Buffer.concat([stamp, variables, Buffer.from(name), text, Buffer.from("\n")]);
      },
    });
    return 0;
  },
};
