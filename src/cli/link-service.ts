import { SystemError } from "../sys/system-error.ts";
import { describeFailure, sendCommand } from "./control.ts";
import { ExitError, warningLine } from "./failures.ts";
import { awaitLetterOfEach, listen, type Listener } from "./listener.ts";
import type { Context } from "./program.ts";
import { supervisionOf } from "./servicedir.ts";

export interface LinkRequest {
  readonly scandir: string;
  readonly servicedir: string;
  /** Of the link in the scan directory. */
  readonly name: string;
  /** Keep the service down: not, with a down file that goes when the supervisor runs, or with one that stays. */
  readonly down: "no" | "once" | "stay";
  readonly force: boolean;
  readonly isPublic: boolean;
  readonly timeoutMs: number | undefined;
}

/** What has to be taken back if the supervisors do not come. */
interface Made {
  readonly downFiles: string[];
  link: string | undefined;
  /** s6-svscan has been told: there may be supervisors to stop. */
  announced: boolean;
}

/**
 * Makes the link, has s6-svscan look, and waits for the supervisors (s6 documentation, s6-svlink). The subscriptions
 * come before the link, which a scan that somebody else asked for may find at once.
 * @throws SystemError, ExitError 99 or 111; what was made is gone then.
 */
export function linkService(context: Context, request: LinkRequest): void {
  const { sys } = context;
  const { supervised, servicedirs } = supervisionOf(sys, request.servicedir);
  const fresh = supervised ? [] : servicedirs;
  const made: Made = { downFiles: [], link: undefined, announced: false };

  listen(sys, { timeoutMs: request.timeoutMs }, (listener) => {
    try {
      for (const servicedir of fresh) prepare(context, request, servicedir, listener, made);
      makeLink(context, request, supervised, made);
      announce(context, request.scandir, made);
      awaitLetterOfEach(listener, "s");
    } catch (error) {
      takeBack(context, fresh, made);
      throw error;
    }
  });
  if (request.down === "once") for (const servicedir of servicedirs) remove(context, `${servicedir}/down`);
}

function prepare(
  { sys }: Context,
  { down, force, isPublic }: LinkRequest,
  servicedir: string,
  listener: Listener,
  made: Made,
): void {
  const downFile = `${servicedir}/down`;
  if (down !== "no" && !sys.exists(downFile)) {
    sys.replaceFile(downFile, new Uint8Array());
    made.downFiles.push(downFile);
  }
  const fifodir = `${servicedir}/event`;
  sys.makeFifodir(fifodir, isPublic ? undefined : sys.getegid(), force);
  listener.subscribe(fifodir);
}

/** A link that is already there is fine for a service that is already supervised. */
function makeLink({ sys }: Context, { scandir, servicedir, name }: LinkRequest, supervised: boolean, made: Made): void {
  const link = `${scandir}/${name}`;
  const target = servicedir.startsWith("/") ? servicedir : sys.realpath(servicedir);
  try {
    sys.symlink(target, link);
    made.link = link;
  } catch (error) {
    if (!(supervised && error instanceof SystemError && error.code === "EEXIST")) throw error;
  }
}

function announce({ sys }: Context, scandir: string, made: Made): void {
  const outcome = sys.sendControl(scandir, ".s6-svscan", "a");
  if (outcome.type !== "sent") throw new ExitError(111, describeFailure(outcome, scandir, ".s6-svscan"));
  made.announced = true;
}

/**
 * The exit order goes first in each string, or a fast death could be followed by a restart; the logger is not stopped
 * but ends by itself when it has read everything.
 */
function takeBack(context: Context, servicedirs: readonly string[], made: Made): void {
  if (made.link !== undefined) remove(context, made.link);
  if (made.announced) {
    for (const [index, servicedir] of servicedirs.entries()) {
      // Whoever does not listen has not been started, and will not be.
      sendCommand(context.sys, servicedir, index === 0 ? "xd" : "xo", ["s6-svlink", ...context.args]);
    }
  }
  for (const downFile of made.downFiles) remove(context, downFile);
}

function remove({ sys, stderr }: Context, path: string): void {
  try {
    sys.unlink(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "ENOENT") stderr(warningLine("s6-svlink", `unable to unlink ${path}: ${error.reason}`));
  }
}
