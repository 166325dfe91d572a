// A control group around a tree: what all its processes cost, those that have ended and the kernel's share included.
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";

const V1 = "/sys/fs/cgroup";
const KINDS = {
  cpu: [
    { folder: `${V1}/cpuacct`, file: "cpuacct.usage", read: (text) => Number(text) / 1e9 },
    { folder: V1, file: "cpu.stat", read: (text) => Number(/^usage_usec (\d+)/m.exec(text)[1]) / 1e6 },
  ],
  memory: [
    { folder: `${V1}/memory`, file: "memory.usage_in_bytes", read: (text) => Number(text) / 1024 },
    { folder: V1, file: "memory.current", read: (text) => Number(text) / 1024 },
  ],
};

/** A new group of that kind (version 1 or 2), undefined where the system gives none. */
export function makeGroup(kind) {
  for (const { folder, file, read } of KINDS[kind]) {
    const path = `${folder}/s6-actors-bench-${process.pid}`;
    try {
      mkdirSync(path);
    } catch {
      continue; // not this version, or not ours to make
    }
    const remove = () => rmdirSync(path);
    try {
      readFileSync(`${path}/${file}`);
    } catch {
      remove(); // the controller is not enabled here
      continue;
    }
    /** CPU seconds, or KB. */
    const usage = () => read(readFileSync(`${path}/${file}`, "utf8"));
    return { entry: `${path}/cgroup.procs`, usage, remove };
  }
  return undefined;
}
