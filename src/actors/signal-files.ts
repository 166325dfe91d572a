import { RunScript } from "../chain/run-script.ts";
import type { DivertedSignal } from "../machines/scanner/facts.ts";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, closeFd, isExecutable } from "../sys/files.ts";
import { spawnFlags, spawnOut } from "../sys/process.ts";
import { CONTROL_DIR } from "./scandir.ts";
import { startScript } from "./start-script.ts";

const scripts = new Map<string, RunScript>();
const STDIO = new Map([[0, 0], [1, 1], [2, 2]]);
const FLAGS = spawnFlags({ setsid: false, newPidNamespace: false });

function scriptAt(path: string): RunScript {
  const script = scripts.get(path) ?? new RunScript(AT_FDCWD, path);
  scripts.set(path, script);
  return script;
}

/**
 * Starts .s6-svscan/SIGNAME in place of what the signal does by default: a plain child, reaped like any other. The
 * answer is its pid, undefined when there is nothing that can be executed.
 */
export function runSignalFile(signal: DivertedSignal, warn: (text: string) => void): number | undefined {
  const path = `${CONTROL_DIR}/SIG${signal}`;
  if (!isExecutable(AT_FDCWD, path)) return undefined;
  const out = spawnOut();
  try {
    const pid = startScript(scriptAt(path), AT_FDCWD, [path], () => ({ file: path, argv: [path] }), STDIO, FLAGS, out);
    closeFd(out[1] ?? -1);
    return pid;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warn(`unable to spawn ${path}: ${error.reason}`);
    return undefined;
  }
}
