import { readFileSync, readlinkSync } from "node:fs";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/**
 * What tells a process from another one that got its pid later: the inode of its pidfd, which no other process of this
 * boot has (Linux 6.9), or else when it was started, in clock ticks since the boot. Two 32-bit halves, so that it fits
 * into shared memory; 0, 0 stands for "not known".
 */
export type ProcessIdentity = readonly [low: number, high: number];
export const UNKNOWN_IDENTITY: ProcessIdentity = [0, 0];

/** Set in the high half of a start time: the two kinds never look the same. */
const START_TIME = 0x80000000;
const halves = new Uint32Array(2);

/** Of a living process, or of a zombie; UNKNOWN_IDENTITY when it is gone. */
export function identityOf(pid: number, pidfd: number): ProcessIdentity {
  if (check(addon.pidfdInode(pidfd, halves), "fstat") === 1) return [halves[0] ?? 0, halves[1] ?? 0];
  const ticks = startTicks(pid);
  return ticks === undefined ? UNKNOWN_IDENTITY : [ticks >>> 0, (Math.floor(ticks / 2 ** 32) | START_TIME) >>> 0];
}

/** Field 22 of /proc/PID/stat; the name before it may hold blanks and parentheses. */
function startTicks(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return undefined;
  }
}

/** Identities are only good as long as pids mean the same: this boot, this pid namespace. */
export const pidWorld = (): string =>
  `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${namespaceInode()}`;

const namespaceInode = (): string => /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "";
