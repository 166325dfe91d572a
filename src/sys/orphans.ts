import { readFileSync } from "node:fs";

/** A process that lost its parent and got this one instead. */
export interface Orphan {
  readonly pid: number;
  readonly name: string;
  readonly session: number;
  readonly ageMs: number;
}

/** Of the kernel's figures for users, on every architecture. */
const TICK_MS = 10;

/** The last children of the main thread, at most `most`: a subreaper's orphans are among them. Empty where the kernel does not tell. */
export function recentOrphans(most: number): Orphan[] {
  try {
    const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").trim().split(" ").filter((pid) => pid !== "");
    const bootMs = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
    return pids.slice(-most).flatMap((pid) => orphan(Number(pid), bootMs) ?? []);
  } catch {
    return [];
  }
}

/** /proc/PID/stat: the name in parentheses may hold anything. undefined when it is dead. */
function orphan(pid: number, bootMs: number): Orphan | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { pid, name: text.slice(text.indexOf("(") + 1, end), session: Number(fields[3]), ageMs: bootMs - Number(fields[19]) * TICK_MS };
  } catch {
    return undefined;
  }
}
