import { join } from "node:path";
import { packageRoot } from "../sys/package-root.ts";
import type { Sys } from "../sys/sys.ts";

/** Where other systems and Debian have execline's programs, which need not be in PATH. */
const ELSEWHERE = ["/usr/lib/execline/bin", "/usr/bin", "/bin"];

/** An absolute path: ours if the program is one of ours, else the first in PATH or in the usual places. */
export function findProgram(sys: Sys, name: string): string | undefined {
  const inPath = (process.env["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  return [join(packageRoot, "bin"), ...inPath, ...ELSEWHERE]
    .map((directory) => `${directory}/${name}`)
    .find((path) => sys.isExecutable(path) && !sys.stat(path).isDirectory);
}

/** For an exec: what is nowhere is the error of that exec. */
export const programPath = (sys: Sys, name: string): string => findProgram(sys, name) ?? name;
