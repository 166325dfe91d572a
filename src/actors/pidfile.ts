import { readFileSync } from "node:fs";
import { parseUint } from "../formats/uint.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, readFileAt } from "../sys/files.ts";
import { pidfdOpen } from "../sys/process.ts";

/** What the parent of a forking daemon left behind. */
export type LeftBehind =
  | { readonly type: "alive"; readonly pid: number; readonly pidfd: number; readonly pgid: number }
  /** The file names a process that is already gone; main may have reaped it. */
  | { readonly type: "gone"; readonly pid: number }
  | { readonly type: "nothing"; readonly why: string };

const PIDFILE_BYTES_MAX = 32;

/**
 * Reads the pid in `path` (relative to the service directory) and makes sure of it: the process must be a child of
 * ours now, as an orphan of a run that we supervised is (we are its subreaper). A stale or forged pid file must never
 * make us signal a stranger.
 */
export function leftBehind(dirFd: number, path: string): LeftBehind {
  let pid: number | undefined;
  try {
    const bytes = readFileAt(dirFd, path, PIDFILE_BYTES_MAX);
    if (bytes === undefined) return { type: "nothing", why: `${path} is absent` };
    const [line = ""] = Buffer.from(bytes).toString("latin1").split("\n");
    pid = parseUint(line.trim());
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { type: "nothing", why: `unable to read ${path}: ${error.reason}` };
  }
  if (pid === undefined || pid <= 1) return { type: "nothing", why: `${path} holds no process id` };
  let pidfd: number;
  try {
    pidfd = pidfdOpen(pid);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { type: "gone", pid };
  }
  const family = familyOf(pid);
  if (family?.parent === process.pid) return { type: "alive", pid, pidfd, pgid: family.group };
  closeFd(pidfd);
  return { type: "nothing", why: `${path} names process ${pid}, which run did not leave behind` };
}

/** Fields 4 and 5 of /proc/PID/stat; the name before them may hold anything. */
function familyOf(pid: number): { parent: number; group: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [parent, group] = stat.slice(stat.lastIndexOf(")") + 4).split(" ").map(Number);
    return parent === undefined || group === undefined ? undefined : { parent, group };
  } catch {
    return undefined; // died between the two looks: its parent can't be told any more
  }
}
