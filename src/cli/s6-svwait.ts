import { AWAITED, type Awaited, phasesOf } from "./awaited.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import type { Program } from "./program.ts";
import { waitForServices } from "./wait.ts";

export const s6svwait: Program = {
  name: "s6-svwait",
  synopsis: "s6-svwait [ -U | -u | -d | -D | -r | -R ] [ -a | -o ] [ -t timeout ] servicedir...",
  help: `Waits until services are in a state; returns at once if they already are.

${Object.entries(AWAITED).map(([letter, { help }]) => `  -${letter}     ${help}`).join("\n")}
  -a     every service (default)
  -o     any of them
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 reached, N that many services failed for good or lost their supervisor, 99 timed out, 100 wrong usage,
111 system error.`,
  main({ args, sys }) {
    const { options, operands: servicedirs } = parseOptions(args, "UudDrRaot:");
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
    if (servicedirs.length === 0) return 0;
    return waitForServices(sys, { servicedirs, phases: phasesOf(awaited, any, false), timeoutMs });
  },
};
