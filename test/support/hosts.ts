import { spawnSync } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { offerName } from "../../src/sys/packets.ts";

/** A daemon in a process of its own, or a thin one whose work a host does; "offered": whichever it likes. */
export type Home = "alone" | "hosted" | "offered";

let isOffered = false;
/** What a tree does: daemons that this process starts may share a host. */
export function offerHost(): void {
  if (!isOffered) offerName(`s6-actors/tree/${readlinkSync("/proc/self/ns/pid")}/${process.pid}`);
  isOffered = true;
}

export const isThin = (pid: number): boolean => readlinkSync(`/proc/${pid}/exe`).endsWith("/dist/native/thin");

/** An account that nothing else in tests of hosts uses: its hosts may be killed. */
export const NOBODY = 65_534;

/** Those of NOBODY that live; not those that are dead and not waited for. */
export const hostsOfNobody = (): number[] =>
  spawnSync("pgrep", ["-u", String(NOBODY), "-x", "s6-actors-host"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean).map(Number)
    .filter((pid) => existsSync(`/proc/${pid}/cwd/`));

/** kill -9; how many there were. */
export function killHosts(): number {
  const pids = hostsOfNobody();
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids.length;
}
