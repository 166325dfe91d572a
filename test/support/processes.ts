import { readdirSync, readlinkSync, realpathSync } from "node:fs";

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
