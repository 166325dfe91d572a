import { decodeStatus, type ServiceStatus } from "../formats/status.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { unableTo } from "./failures.ts";

/** Does a supervisor hold the lock of the service directory? No when there is no lock file; SystemError otherwise. */
export const isSupervised = (sys: Sys, servicedir: string): boolean =>
  sys.isLocked(`${servicedir}/supervise/lock`);

/** The last status that a supervisor wrote, alive or not. SystemError EPIPE for a file that is too short. */
export function readStatus(sys: Sys, servicedir: string): ServiceStatus {
  const path = `${servicedir}/supervise/status`;
  const status = decodeStatus(sys.readFile(path));
  if (status === undefined) throw new SystemError("read", path, "EPIPE");
  return status;
}

export interface Supervision {
  readonly supervised: boolean;
  /** The service directory and, if there is one, its log. */
  readonly servicedirs: readonly string[];
}

/**
 * A service and its logger are supervised together or not at all.
 * @throws SystemError ENOTDIR for a log that is no directory, EINVAL when only one of the two is supervised.
 */
export function supervisionOf(sys: Sys, servicedir: string): Supervision {
  const supervised = isSupervised(sys, servicedir);
  const log = `${servicedir}/log`;
  const status = sys.statIfPresent(log);
  if (status === undefined) return { supervised, servicedirs: [servicedir] };
  if (!status.isDirectory) throw new SystemError("stat", log, "ENOTDIR");
  if (isSupervised(sys, log) !== supervised) throw new SystemError("fcntl", `${log}/supervise/lock`, "EINVAL");
  return { supervised, servicedirs: [servicedir, log] };
}

/** Does an s6-svscan run on that directory? @throws ExitError 111 */
export function isScanned(sys: Sys, scandir: string): boolean {
  const lock = `${scandir}/.s6-svscan/lock`;
  unableTo(`open ${lock}`, () => sys.stat(lock));
  return unableTo(`check lock on ${lock}`, () => sys.isLocked(lock));
}
