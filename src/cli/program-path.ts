import { join } from "node:path";
import { packageRoot } from "../sys/package-root.ts";
import type { Sys } from "../sys/sys.ts";

/** Debian has execline's programs outside of PATH. */
const EXECLINE = "/usr/lib/execline/bin";

/** An absolute path: ours if the program is one of ours, else the first in PATH, else that of Debian's execline. */
export function findProgram(sys: Sys, name: string): string | undefined {
  const inPath = (process.env["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  return [join(packageRoot, "bin"), ...inPath, EXECLINE]
    .map((directory) => `${directory}/${name}`)
    .find((path) => sys.isExecutable(path) && !sys.stat(path).isDirectory);
}

/** For an exec: what is nowhere is the error of that exec. */
export const programPath = (sys: Sys, name: string): string => findProgram(sys, name) ?? name;
