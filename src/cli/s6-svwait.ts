import { phasesOf } from "./awaited.ts";
import type { Program } from "./program.ts";
import { waitForServices } from "./await-services.ts";
import { ALL_OR_ANY_HELP, LIMIT_HELP, parseWaitOptions, STATE_HELP } from "./wait-options.ts";

export const s6svwait: Program = {
  name: "s6-svwait",
  synopsis: "s6-svwait [ -U | -u | -d | -D | -r | -R ] [ -a | -o ] [ -t timeout ] servicedir...",
  help: `Waits until services are in a state; returns at once if they already are.

${STATE_HELP}
${ALL_OR_ANY_HELP}
${LIMIT_HELP}

Exit codes: 0 reached, N that many services failed for good or lost their supervisor, 99 timed out, 100 wrong usage,
111 system error.`,
  main({ args, sys }) {
    const { awaited, any, timeoutMs, operands: servicedirs } = parseWaitOptions(args, "UudDrRaot:");
    if (servicedirs.length === 0) return 0;
    return waitForServices(sys, { servicedirs, phases: phasesOf(awaited, any, false), timeoutMs });
  },
};
