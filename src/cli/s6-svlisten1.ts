import { phasesOf } from "./awaited.ts";
import { unableTo, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";
import { waitForServices } from "./await-services.ts";
import { LIMIT_HELP, parseWaitOptions, STATE_HELP } from "./wait-options.ts";

export const s6svlisten1: Program = {
  name: "s6-svlisten1",
  synopsis: "s6-svlisten1 [ -U | -u | -d | -D | -r | -R ] [ -t timeout ] servicedir prog...",
  help: `Listens to a service, starts prog, and waits until the service is in a state.

${STATE_HELP}
${LIMIT_HELP}

Exit codes: 0 reached, 1 the service failed for good or lost its supervisor, 99 timed out, 100 wrong usage,
111 system error; how prog ends does not matter.`,
  main({ sys, args }) {
    const { awaited, timeoutMs, operands } = parseWaitOptions(args, "UudDrRt:");
    const [servicedir, ...command] = operands;
    const [file] = command;
    if (servicedir === undefined || file === undefined) throw new UsageError();
    return waitForServices(sys, {
      servicedirs: [servicedir],
      phases: phasesOf(awaited, false, true),
      timeoutMs,
      failure: `${servicedir} failed permanently or its supervisor died`,
      trigger: (run) => unableTo(`spawn ${file}`, () => run(command)),
    });
  },
};
