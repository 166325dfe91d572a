import { constants } from "node:fs";
import { compileChild } from "../../chain/compile.ts";
import { COMPILED_PROGRAMS } from "../../chain/script-programs.ts";
import { byteString } from "../../formats/bytes.ts";
import { exitCode, termSignal } from "../../formats/wait-status.ts";
import { type CompiledChain, spawnCompiled } from "../../sys/compiled-chain.ts";
import { AT_FDCWD, closeFd, openAt } from "../../sys/files.ts";
import { environment } from "../../sys/launch.ts";
import * as sys from "../../sys/real-sys.ts";
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
  const dirFd = openAt(AT_FDCWD, dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const out = spawnOut();
  try {
    const map = new Map([[0, previous], [1, processed], [2, stderr], [4, state], [5, newstate]]);
    if (shell === "sh") spawn(dirFd, "/bin/sh", ["sh", "-c", command], map, FLAGS, out);
    else spawnCompiled(dirFd, execlineb(dirFd, command, path), map, FLAGS, out);
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

/** Where execlineb is ours, it is no process, but what it would become. */
const execlineb = (dirFd: number, command: string, path: string | undefined): CompiledChain =>
  compileChild(["execlineb", "-Pc", byteString(command)], path, false, { sys, dirFd, environment: environment(), programs: COMPILED_PROGRAMS, parsed: new Map() });
