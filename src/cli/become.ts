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
