import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";

/** Processes that work in each directory: pids by resolved path. */
export function processesByDirectory(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const path = readlinkSync(`/proc/${name}/cwd`);
      found.set(path, [...(found.get(path) ?? []), Number(name)]);
    } catch {
      // gone by now, or a zombie
    }
  }
  return found;
}

/** Processes that work in a service directory. */
export const processesIn = (servicedir: string): number[] => processesByDirectory().get(realpathSync(servicedir)) ?? [];

/** Whatever works below a scan directory: a tree that was killed leaves its services behind. */
export function killProcessesBelow(scandir: string): void {
  for (const [path, pids] of processesByDirectory()) {
    if (!path.startsWith(`${scandir}/`)) continue;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // gone by itself
      }
    }
  }
}

/** Those of all its threads. */
export const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter((word) => word !== "").map(Number));
