import type { ExecRequest } from "../sys/exec.ts";
import { launch } from "../sys/launch.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError } from "./failures.ts";

/** The rest of a command line becomes this process. @throws ExitError 126 or 127 */
export function become(sys: Sys, argv: readonly string[], state: Partial<ExecRequest> = {}): never {
  const [file = ""] = argv;
  const { exitCode, error } = sys.exec({ file, argv, blocked: launch.blocked, ...state });
  throw new ExitError(exitCode, `unable to exec ${file}: ${error.reason}`);
}

/** The same with 0, 1 and 2 as they are now; a failure is told on the console, which goes along. */
export function becomeInFront(sys: Sys, argv: readonly string[], consoleFd: number): never {
  try {
    return become(sys, argv, { keep: [0, 1, 2, consoleFd] });
  } catch (error) {
    sys.dupOnto(consoleFd, 2);
    throw error;
  }
}
