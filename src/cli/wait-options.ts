import { AWAITED, type Awaited } from "./awaited.ts";
import { parseOptions, parseTimeout } from "./options.ts";

/** The command line of s6-svwait and its relatives: which state, of all or any, for how long. */
export interface WaitOptions {
  readonly awaited: Awaited;
  readonly any: boolean;
  /** undefined = no limit. */
  readonly timeoutMs: number | undefined;
  readonly operands: readonly string[];
}

export const STATE_HELP = Object.entries(AWAITED).map(([letter, { help }]) => `  -${letter}     ${help}`).join("\n");
export const ALL_OR_ANY_HELP = `  -a     every service (default)
  -o     any of them`;
export const LIMIT_HELP = "  -t MS  wait at most so many milliseconds; 0 = no limit";

export function parseWaitOptions(args: readonly string[], spec: "UudDrRaot:" | "UudDrRt:"): WaitOptions {
  const { options, operands } = parseOptions(args, spec);
  let awaited: Awaited = "u";
  let any = false;
  let timeoutMs: number | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "a": any = false; break;
      case "o": any = true; break;
      case "t": timeoutMs = parseTimeout(value); break;
      default: awaited = name;
    }
  }
  return { awaited, any, timeoutMs, operands };
}
