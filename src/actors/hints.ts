import { hintForBackground } from "../diagnosis/background.ts";
import { hintForExec } from "../diagnosis/executable.ts";
import { type Hint, hintOf } from "../diagnosis/hint.ts";
import { hintForControl, hintForReadOnly, hintForReadOnlyScandir } from "../diagnosis/supervise-dir.ts";
import { kindOfMode } from "../formats/file-mode.ts";
import { SystemError } from "../sys/errors.ts";
import { ownMachine, readExecutable } from "../sys/executable.ts";
import { AT_FDCWD, readFileAt, statAt } from "../sys/files.ts";
import { mountAt } from "../sys/mounts.ts";
import { recentOrphans } from "../sys/orphans.ts";

/** Reads the facts that a hint needs. Called when something has failed, never before; finds nothing rather than fail itself. */

const ORPHANS_MAX = 64;
const SCRIPT_BYTES = 65_536;

/** For ./run or ./finish that could not be started. */
export function whyNotSpawned(dirFd: number, file: "run" | "finish", error: SystemError): Hint | undefined {
  if (error.syscall === "clone" && error.code === "EPERM") {
    return hintOf(file, "flag-newpidns needs the right to make pid namespaces (CAP_SYS_ADMIN), which this user does not have");
  }
  if (error.syscall !== "exec") return undefined;
  const facts = readExecutable(dirFd, file);
  return facts === undefined ? undefined : hintForExec(file, facts, ownMachine(), error.code);
}

/** For a failed call on a file of the service directory, or on one that was to be made there. */
export function whyNotWritten(dirFd: number, error: SystemError): Hint | undefined {
  if (error.code !== "EROFS") return undefined;
  const mounts = ["supervise", "."].map((path) => mountAt(dirFd, path));
  const mount = mounts.find((each) => each?.isReadOnly === true);
  return mount === undefined ? undefined : hintForReadOnly(mount.point);
}

export function whyNoControl(dirFd: number, path = "supervise/control"): Hint | undefined {
  const found = statAt(dirFd, path);
  return found && hintForControl(kindOfMode(found.mode), path);
}

/** The same for the scan directory, which is the working directory. */
export function whyNoScandir(error: SystemError): Hint | undefined {
  if (error.code !== "EROFS") return undefined;
  const mount = mountAt(AT_FDCWD, ".");
  return mount?.isReadOnly === true ? hintForReadOnlyScandir(mount.point) : undefined;
}

/** For a run that exited 0 at once: did a daemon leave it for the background? */
export function whyEnded(dirFd: number, run: { pid: number; livedMs: number; wasReady: boolean }): Hint | undefined {
  const orphans = recentOrphans(ORPHANS_MAX);
  return orphans.length === 0 ? undefined : hintForBackground({ ...run, orphans, script: scriptOf(dirFd) });
}

function scriptOf(dirFd: number): string {
  try {
    return Buffer.from(readFileAt(dirFd, "run", SCRIPT_BYTES) ?? []).toString("latin1");
  } catch (error) {
    if (error instanceof SystemError) return "";
    throw error;
  }
}
