import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { offerName } from "../../src/sys/packets.ts";
import { C_BIN } from "./c-tree.ts";
import { OUR_BIN } from "./executables.ts";

/** A daemon in a process of its own, or a thin one whose work a host does; "offered": whichever it likes. */
export type Home = "alone" | "hosted" | "offered";

let isOffered = false;
/** What a tree does: daemons that this process starts may share a host. */
export function offerHost(): void {
  if (!isOffered) offerName(`s6-actors/tree/${readlinkSync("/proc/self/ns/pid")}/${process.pid}`);
  isOffered = true;
}

export const isThin = (pid: number): boolean => readlinkSync(`/proc/${pid}/exe`).endsWith("/dist/native/thin");

/** Accounts that nothing else uses, one for each file of tests: the hosts of these may be killed. */
export const ACCOUNTS = { log: 65_534, socklog: 61_001, server: 61_002, holder: 61_003, occupied: 61_004 } as const;
type Account = (typeof ACCOUNTS)[keyof typeof ACCOUNTS];

/** Becomes that account. */
export const as = (account: Account): readonly string[] => [join(C_BIN, "s6-applyuidgid"), "-u", String(account), "-g", String(account), "-G", ""];

/** Those of this package that live; not those that are dead and not waited for. */
export const hostsOf = (account: Account): number[] =>
  spawnSync("pgrep", ["-u", String(account), "-x", "s6-actors-host"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean).map(Number).filter(isOurs);

/** kill -9; how many there were. */
export function killHosts(account: Account): number {
  const pids = hostsOf(account);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids.length;
}

function isOurs(pid: number): boolean {
  try {
    return existsSync(`/proc/${pid}/cwd/`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${dirname(OUR_BIN)}/`);
  } catch {
    return false; // it has just ended
  }
}
