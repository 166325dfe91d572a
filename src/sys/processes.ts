import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Sighting } from "../formats/sighting.ts";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";
import "./launch.ts";

/** Looks at processes that are not, or not only, our children: at those of the system. */

const { errno } = constants;
let found = new Int32Array(256);

/** Pids of the processes of these groups, and of the sessions of these numbers. Zombies are among them. */
export function groupMembers(groups: readonly number[]): number[] {
  const wanted = Int32Array.from(groups);
  let count = check(addon.groupMembers(wanted, found), "opendir", "/proc");
  if (count > found.length) {
    found = new Int32Array(2 * count);
    count = Math.min(found.length, check(addon.groupMembers(wanted, found), "opendir", "/proc"));
  }
  return [...found.subarray(0, count)];
}

/** undefined when there is no such process. */
export function lookAt(pid: number): Sighting | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")"); // the name before it may hold anything
    const [state = "", ...words] = stat.slice(end + 2).split(" ");
    const [parent = 0, group = 0, session = 0] = words.map(Number);
    const [threads = 0, , startTicks = 0] = words.slice(16).map(Number);
    // The first thread may have ended before the others: then it looks like a zombie, and the process lives.
    const isZombie = (state === "Z" && threads <= 1) || state === "X";
    return { pid, comm: stat.slice(stat.indexOf("(") + 1, end), parent, group, session, startTicks, isZombie };
  } catch {
    return undefined;
  }
}

/** Of all its threads; none where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const line = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1");
      return line.split(" ").filter((word) => word !== "").map(Number);
    });
  } catch {
    return [];
  }
}

/** Signals the group that the process of the pidfd led. "unknown": the kernel can't tell that group from a later one. */
export function signalLedGroup(pidfd: number, signal: number): "done" | "empty" | "unknown" {
  const result = addon.killGroup(pidfd, signal);
  if (result === -errno.ESRCH) return "empty";
  return result === 0 || result === -errno.EPERM ? "done" : "unknown";
}

export const bootTicks = (): number => addon.bootTicks();
