import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { describeFailure } from "./control.ts";
import { ExitError, unableTo, warningLine } from "./failures.ts";
import { awaitLetterOfEach, listen } from "./listener.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import type { Context } from "./program.ts";
import { supervisionOf } from "./servicedir.ts";

export interface UnlinkRequest {
  /** Who speaks. */
  readonly program: string;
  readonly scandir: string;
  readonly name: string;
  /** For the end of the supervisors. */
  readonly waits: boolean;
  readonly timeoutMs: number | undefined;
}

/** The options that s6-svunlink and s6-instance-delete share. @throws UsageError */
export function parseUnlinkOptions(args: readonly string[]): Pick<UnlinkRequest, "waits" | "timeoutMs"> & { readonly operands: readonly string[] } {
  const { options, operands } = parseOptions(args, "Xt:");
  let waits = true;
  let timeoutMs: number | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "X": waits = false; break;
      case "t": timeoutMs = parseTimeout(value); break;
    }
  }
  return { waits, timeoutMs, operands };
}

/**
 * Removes the link and has s6-svscan stop the service (s6 documentation, s6-svunlink).
 * @throws ExitError 111 when nothing has been done yet.
 */
export function unlinkService(context: Context, request: UnlinkRequest): void {
  const { scandir, name, waits } = request;
  const prepare = (): readonly string[] => eventDirectories(context.sys, `${scandir}/${name}`);
  const fifodirs = waits ? unableTo(`prepare unlinking of service ${name} in scandir ${scandir}`, prepare) : [];
  unlinkAndWait(context, request, fifodirs);
}

/** Of a supervised service and its logger: real paths, for the FIFOs are removed when the link is gone. */
function eventDirectories(sys: Sys, link: string): readonly string[] {
  const { supervised, servicedirs } = supervisionOf(sys, link);
  return supervised ? servicedirs.map((servicedir) => sys.realpath(`${servicedir}/event`)) : [];
}

/** What goes wrong from here on is told, but the service is being stopped: no failure. */
function unlinkAndWait({ sys, stderr }: Context, request: UnlinkRequest, fifodirs: readonly string[]): void {
  const { program, scandir, name, timeoutMs } = request;
  const link = `${scandir}/${name}`;
  const warn = (text: string): void => stderr(warningLine(program, text));
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
