import { SystemError } from "../sys/system-error.ts";
import { describeFailure, sendCommand } from "./control.ts";
import { ExitError, warningLine } from "./failures.ts";
import { awaitLetterOfEach, listen, type Listener } from "./listener.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import type { Context } from "./program.ts";
import { supervisionOf } from "./servicedir.ts";

export interface LinkRequest {
  /** Who speaks. */
  readonly program: string;
  readonly scandir: string;
  readonly servicedir: string;
  /** What the link says; default is the absolute path of the service directory. */
  readonly target?: string;
  /** For a service directory that is still to be made, and is removed again if the supervisors do not come. */
  readonly creation?: { make(): void; remove(): void };
  /** Of the link in the scan directory. */
  readonly name: string;
  /** Keep the service down: not, with a down file that goes when the supervisor runs, or with one that stays. */
  readonly down: "no" | "once" | "stay";
  readonly force: boolean;
  readonly isPublic: boolean;
  readonly timeoutMs: number | undefined;
}

/** The options that s6-svlink and s6-instance-create share. @throws UsageError */
export function parseLinkOptions(args: readonly string[]): Pick<LinkRequest, "down" | "force" | "isPublic" | "timeoutMs"> & { readonly operands: readonly string[] } {
  const { options, operands } = parseOptions(args, "dDfPt:");
  let down: LinkRequest["down"] = "no";
  let [force, isPublic] = [false, false];
  let timeoutMs: number | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "d": down = "once"; break;
      case "D": down = "stay"; break;
      case "f": force = true; break;
      case "P": isPublic = true; break;
      case "t": timeoutMs = parseTimeout(value); break;
    }
  }
  return { down, force, isPublic, timeoutMs, operands };
}

/** What has to be taken back if the supervisors do not come. */
interface Made {
  isCreated: boolean;
  /** Without a supervisor before. */
  fresh: readonly string[];
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
  const made: Made = { isCreated: false, fresh: [], downFiles: [], link: undefined, announced: false };

  const linked = listen(sys, { timeoutMs: request.timeoutMs }, (listener) => {
    try {
      request.creation?.make();
      made.isCreated = true;
      const { supervised, servicedirs } = supervisionOf(sys, request.servicedir);
      if (!supervised) made.fresh = servicedirs;
      for (const servicedir of made.fresh) prepare(context, request, servicedir, listener, made);
      makeLink(context, request, supervised, made);
      announce(context, request.scandir, made);
      awaitLetterOfEach(listener, "s");
      return servicedirs;
    } catch (error) {
      takeBack(context, request, made);
      throw error;
    }
  });
  if (request.down === "once") for (const servicedir of linked) remove(context, request, `${servicedir}/down`);
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
function makeLink({ sys }: Context, request: LinkRequest, supervised: boolean, made: Made): void {
  const { scandir, servicedir, name, target = servicedir.startsWith("/") ? servicedir : sys.realpath(servicedir) } = request;
  const link = `${scandir}/${name}`;
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
function takeBack(context: Context, request: LinkRequest, made: Made): void {
  if (made.link !== undefined) remove(context, request, made.link);
  if (made.announced) {
    for (const [index, servicedir] of made.fresh.entries()) {
      // Whoever does not listen has not been started, and will not be.
      sendCommand(context.sys, servicedir, index === 0 ? "xd" : "xo", [request.program, ...context.args]);
    }
  }
  for (const downFile of made.downFiles) remove(context, request, downFile);
  if (made.isCreated) attempt(context, request, `remove ${request.servicedir}`, () => request.creation?.remove());
}

const remove = (context: Context, request: LinkRequest, path: string): void =>
  attempt(context, request, `unlink ${path}`, () => context.sys.unlink(path));

function attempt({ stderr }: Context, { program }: LinkRequest, what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "ENOENT") stderr(warningLine(program, `unable to ${what}: ${error.reason}`));
  }
}
