import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { describeFailure } from "./control.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { awaitLetterOfEach, listen } from "./listener.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import type { Context, Program } from "./program.ts";
import { supervisionOf } from "./servicedir.ts";

const NAME = "s6-svunlink";

export const s6svunlink: Program = {
  name: NAME,
  synopsis: "s6-svunlink [ -X ] [ -t timeout ] scandir servicename",
  help: `Removes a link to a service directory from a scan directory, has s6-svscan stop the service, and waits for the
end of its supervisor and its logger's. Options come before the directory.

  -X     do not wait
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, also when there was nothing to remove or the time was over, 100 wrong usage, 111 system error.`,
  main(context) {
    const { options, operands: [scandir, name] } = parseOptions(context.args, "Xt:");
    let waits = true;
    let timeoutMs: number | undefined;
    for (const option of options) {
      switch (option.name) {
        case "X": waits = false; break;
        case "t": timeoutMs = parseTimeout(option.value); break;
      }
    }
    if (scandir === undefined || name === undefined) throw new UsageError();
    if (name === "" || name.startsWith(".") || name.startsWith("/")) throw new ExitError(100, "invalid service name");

    const link = `${scandir}/${name}`;
    const prepare = (): readonly string[] => eventDirectories(context.sys, link);
    const fifodirs = waits ? unableTo(`prepare unlinking of service ${name} in scandir ${scandir}`, prepare) : [];
    unlinkAndWait(context, { scandir, link, fifodirs, timeoutMs });
    return 0;
  },
};

/** Of a supervised service and its logger: real paths, for the FIFOs are removed when the link is gone. */
function eventDirectories(sys: Sys, link: string): readonly string[] {
  const { supervised, servicedirs } = supervisionOf(sys, link);
  return supervised ? servicedirs.map((servicedir) => sys.realpath(`${servicedir}/event`)) : [];
}

interface Request {
  readonly scandir: string;
  readonly link: string;
  readonly fifodirs: readonly string[];
  readonly timeoutMs: number | undefined;
}

/** What goes wrong from here on is told, but the service is being stopped: the exit code stays 0. */
function unlinkAndWait({ sys, stderr }: Context, { scandir, link, fifodirs, timeoutMs }: Request): void {
  const warn = (text: string): void => stderr(warningLine(NAME, text));
  const attempt = (what: string, action: () => void, ...harmless: readonly string[]): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (!harmless.includes(error.code)) warn(`unable to ${what}: ${error.reason}`);
    }
  };

  listen(sys, { timeoutMs }, (listener) => {
    for (const fifodir of fifodirs) attempt(`subscribe to ${fifodir}`, () => listener.subscribe(fifodir));
    // A real directory in the place of a link stays.
    attempt(`unlink ${link}`, () => sys.unlink(link), "ENOENT", "EISDIR");
    const outcome = sys.sendControl(scandir, ".s6-svscan", "an");
    if (outcome.type !== "sent") warn(describeFailure(outcome, scandir, ".s6-svscan"));
    try {
      awaitLetterOfEach(listener, "x");
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
    }
  });
}
