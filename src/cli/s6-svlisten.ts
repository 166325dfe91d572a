import { phasesOf } from "./awaited.ts";
import { become } from "./become.ts";
import { takeBlock } from "./block.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import type { Program } from "./program.ts";
import { waitForServices } from "./await-services.ts";
import { ALL_OR_ANY_HELP, LIMIT_HELP, parseWaitOptions, STATE_HELP } from "./wait-options.ts";

export const s6svlisten: Program = {
  name: "s6-svlisten",
  synopsis: 's6-svlisten [ -U | -u | -d | -D | -r | -R ] [ -a | -o ] [ -t timeout ] servicedir... "" prog...',
  help: `Listens to services, starts prog, and waits until the services are in a state. In an execlineb script the
directories are a block: s6-svlisten -d { a b } s6-svc -d a. Without directories it becomes prog.

${STATE_HELP}
${ALL_OR_ANY_HELP}; -r and -R always mean every service
${LIMIT_HELP}

Exit codes: 0 reached, N that many services failed for good or lost their supervisor, 99 timed out, 100 wrong usage,
111 system error; how prog ends does not matter.`,
  main(context) {
    const { sys, args, stderr } = context;
    const { awaited, any, timeoutMs, operands } = parseWaitOptions(args, "UudDrRaot:");
    if (operands.length < 3) throw new UsageError();
    const { words: servicedirs, rest: command } = takeBlock(context, "s6-svlisten", operands);
    if (command === undefined) throw new ExitError(100, "unterminated servicedir block");
    const [file] = command;
    if (file === undefined) throw new UsageError();
    if (servicedirs.length === 0) return become(sys, command);

    const isRestart = awaited === "r" || awaited === "R";
    if (any && isRestart) {
      stderr(warningLine("s6-svlisten", `-o is unsupported when combined with -${awaited}- using -a instead`));
    }
    return waitForServices(sys, {
      servicedirs,
      phases: phasesOf(awaited, any && !isRestart, true),
      timeoutMs,
      trigger: (run) => unableTo(`spawn ${file}`, () => run(command)),
    });
  },
};
