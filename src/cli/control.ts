import { type Barrier, type ControlFacts, hintForCommand } from "../diagnosis/control.ts";
import { kindOfMode } from "../formats/file-mode.ts";
import { signLetters } from "../formats/sender.ts";
import type { Sys } from "../sys/sys.ts";
import { otherwise } from "../sys/system-error.ts";
import { hasRun, isThere, namesIn, statOf } from "./look.ts";

/** What became of letters for a supervisor: those of DIR/supervise, or of DIR/.s6-svscan. */
export type ControlOutcome = ReturnType<Sys["sendControl"]>;
export type ControlFailure = Exclude<ControlOutcome, { readonly type: "sent" }>;

/** The message for a command that did not arrive. */
export function describeFailure(failure: ControlFailure, directory: string, subdirectory: string): string {
  switch (failure.type) {
    case "not listening": return `unable to control ${directory}: supervisor not listening`;
    case "broken": return `something is wrong with the ${directory}/${subdirectory} directory: ${failure.reason}`;
    case "failed": return `unable to control ${directory}: ${failure.reason}`;
  }
}

/** Sends letters to a supervisor; one that keeps a journal is told who sends them. `command`: our own words. */
export function sendCommand(sys: Sys, servicedir: string, letters: string, command: readonly string[]): ControlOutcome {
  // Where that can't be looked at, sendControl says what is wrong.
  const isSigned = letters !== "" && isThere(sys, `${servicedir}/supervise/journal`);
  const sender = { uid: sys.getuid(), pid: sys.pid(), command: command.join(" ") };
  return sys.sendControl(servicedir, "supervise", isSigned ? signLetters(letters, sender) : letters);
}

/** Why a command did not arrive. Looks around only then. */
export function hintForOutcome(sys: Sys, servicedir: string, outcome: ControlOutcome): string | undefined {
  if (outcome.type === "sent") return undefined;
  return hintForCommand(lookAround(sys, servicedir), outcome.type, "error" in outcome ? outcome.error.code : "");
}

function lookAround(sys: Sys, directory: string): ControlFacts {
  const control = statOf(sys, `${directory}/supervise/control`);
  const above = parentOf(directory);
  return {
    directory,
    isDirectory: statOf(sys, directory)?.isDirectory ?? false,
    hasRun: hasRun(sys, directory),
    hasSupervise: isThere(sys, `${directory}/supervise`),
    control: control === undefined ? undefined : kindOfMode(control.mode),
    isScandir: isThere(sys, `${directory}/.s6-svscan`),
    services: namesIn(sys, directory).filter((name) => hasRun(sys, `${directory}/${name}`)),
    parent: {
      path: above,
      hasRun: hasRun(sys, above),
      isScandir: isThere(sys, `${above}/.s6-svscan`),
      isScanned: otherwise(false, () => sys.isLocked(`${above}/.s6-svscan/lock`)),
    },
    barrier: barrierTo(sys, directory),
  };
}

/** As text: what people typed, not what links make of it. */
function parentOf(directory: string): string {
  const path = directory.replace(/\/+$/, "");
  if (path === "" || path === "." || path.endsWith("..")) return `${directory}/..`;
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** Where a user who is not allowed stops: the deepest thing on the way that can still be seen. */
function barrierTo(sys: Sys, directory: string): Barrier | undefined {
  for (const path of [`${directory}/supervise/control`, `${directory}/supervise`, directory]) {
    const found = statOf(sys, path);
    if (found === undefined) continue;
    const user = sys.userById(found.uid)?.name ?? `uid ${found.uid}`;
    const group = sys.groupById(found.gid)?.name ?? `gid ${found.gid}`;
    return { path, mode: found.mode, user, group };
  }
  return undefined;
}
