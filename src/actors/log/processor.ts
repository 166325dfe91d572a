import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { exitCode, termSignal } from "../../formats/wait-status.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, closeFd, openAt } from "../../sys/files.ts";
import { spawn, spawnFlags, spawnOut, waitPidfd } from "../../sys/process.ts";
import type { ProcessorRun } from "./logdir-ports.ts";

const FLAGS = spawnFlags({ setsid: false, newPidNamespace: false });

/** A processor that runs: its pidfd is readable when it has ended. */
export interface RunningProcessor {
  readonly pidfd: number;
  /** undefined while it runs. */
  result(): "done" | "failed" | "crashed" | undefined;
}

/**
 * Starts a processor in its logdir (s6 documentation, s6-log, directives ! and ?). `path`: where execlineb is looked for;
 * `stderr`: the processor's. @throws SystemError
 */
export function startProcessor({ dir, command, shell, fds: [previous, processed, state, newstate] }: ProcessorRun, path: string | undefined, stderr: number): RunningProcessor {
  const [file, argv] = shell === "sh" ? ["/bin/sh", ["sh", "-c", command]] : [inPath("execlineb", path), ["execlineb", "-Pc", command]];
  const dirFd = openAt(AT_FDCWD, dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const out = spawnOut();
  try {
    spawn(dirFd, file, argv, new Map([[0, previous], [1, processed], [2, stderr], [4, state], [5, newstate]]), FLAGS, out);
  } finally {
    closeFd(dirFd);
  }
  const pidfd = out[1] ?? -1;
  return {
    pidfd,
    result() {
      const status = waitPidfd(pidfd);
      if (status === "running") return undefined;
      if (status === "not ours") return "failed";
      return termSignal(status) !== 0 ? "crashed" : exitCode(status) === 0 ? "done" : "failed";
    },
  };
}

function inPath(name: string, where = "/usr/bin:/bin"): string {
  for (const directory of where.split(":")) {
    const path = join(directory, name);
    if (directory !== "" && isExecutable(path)) return path;
  }
  throw new SystemError("spawn", name, "ENOENT");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
