import { join } from "node:path";
import { CONTROL_LETTERS, CONTROLS } from "../formats/control.ts";
import { describeFailure, hintForOutcome, sendCommand } from "./control.ts";
import { packageRoot } from "../sys/package-root.ts";
import { ExitError, hintLine, unableTo, warningLine } from "./failures.ts";
import { AWAITED, type Awaited, phasesOf } from "./awaited.ts";
import type { Context, Program } from "./program.ts";
import { parseCommands } from "./svc-options.ts";
import { waitForServices } from "./await-services.ts";

export const s6svc: Program = {
  name: "s6-svc",
  synopsis:
    "s6-svc [ -wu | -wU | -wd | -wD | -wr | -wR ] [ -T timeout ] [ -s signal | -abqhkti12pcyrlPCK ] [ -oduDUxOQ ] [ --explain [ --json ] ] servicedir...",
  help: `Sends commands, in the order given, to the supervisors of service directories; without any, only checks that
they listen. Options come before the directories.

${CONTROL_LETTERS.map((letter) => `  -${letter}       ${CONTROLS[letter].help}`).join("\n")}
  -s SIG   send a signal, by name or number, that has a letter above

  -wX      start listening, send the commands, then wait until every service is
${Object.entries(AWAITED).map(([letter, { help }]) => `             -w${letter}  ${help}`).join("\n")}
           -wU and -wR need a notification-fd file in the first directory; without it they mean -wu and -wr
  -T MS    wait at most so many milliseconds; 0 = no limit

  --explain  do nothing, say what the supervisors would do now; with --json, one JSON object per directory

Exit codes: 0 success, 1 supervise/ is broken, 100 wrong usage, 102 no supervisor, 111 system error; with several
directories, that of the last one that failed. With -w: 0 reached, N that many services failed for good or lost their
supervisor, 99 timed out, 100, 111.`,

  main(context) {
    const { letters, awaited, timeoutMs, servicedirs, explain } = parseCommands(context.args);
    if (explain) return becomeExplainer(context);
    if (awaited === undefined) return sendToAll(context, servicedirs, letters);

    const wanted = withoutReadiness(context, servicedirs, awaited);
    return waitForServices(context.sys, {
      servicedirs,
      phases: phasesOf(wanted, false, letters !== ""),
      timeoutMs,
      // As with s6-svlisten, a directory that cannot be commanded is reported and does not end the wait.
      trigger: () => void (letters !== "" && sendToAll(context, servicedirs, letters)),
    });
  },
};

/** That program loads the machine and the journal, which would only slow this one down. */
function becomeExplainer({ sys, args }: Context): number {
  const file = join(packageRoot, "bin", "s6-svexplain");
  const { exitCode, error } = sys.exec({ file, argv: [file, ...args] });
  throw new ExitError(exitCode, `unable to exec ${file}: ${error.reason}`);
}

function withoutReadiness({ sys, stderr }: Context, servicedirs: readonly string[], awaited: Awaited): Awaited {
  if (awaited !== "U" && awaited !== "R") return awaited;
  const file = `${servicedirs[0]}/notification-fd`;
  if (unableTo(`access ${file}`, () => sys.exists(file))) return awaited;
  stderr(warningLine("s6-svc", `${file} not present - ignoring request for readiness notification`));
  return awaited === "U" ? "u" : "r";
}

const EXIT_CODES = { "not listening": 102, broken: 1, failed: 111 } as const;

/** The exit code of the last directory that failed, 0 if none did. */
function sendToAll({ sys, stderr, args }: Context, servicedirs: readonly string[], letters: string): number {
  let exitCode = 0;
  for (const servicedir of servicedirs) {
    const outcome = sendCommand(sys, servicedir, letters, ["s6-svc", ...args]);
    if (outcome.type !== "sent") stderr(warningLine("s6-svc", describeFailure(outcome, servicedir, "supervise")));
    const hint = hintForOutcome(sys, servicedir, outcome);
    if (hint !== undefined) stderr(hintLine("s6-svc", hint));
    if (outcome.type === "sent") continue;
    exitCode = EXIT_CODES[outcome.type];
  }
  return exitCode;
}
