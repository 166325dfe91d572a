import { exitStatus, type WaitStatus } from "../formats/wait-status.ts";
import { SystemError } from "../sys/system-error.ts";
import { becomesOrExits, type ChainProcess, type Next, statusVariable } from "./process.ts";

/** foreground { PROG1... } PROG2... */
export function runForeground(args: readonly string[], process: ChainProcess): Next {
  const { words, rest } = process.block(args);
  process.environment.set("?", statusVariable(statusOf(words, process)));
  return becomesOrExits(rest);
}

/** One that can't be started is told of, and has 127 or 126 for a status. */
export function statusOf(words: readonly string[], process: ChainProcess): WaitStatus {
  try {
    return process.runToEnd(words);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    process.warn(`unable to spawn ${words[0] ?? ""}: ${error.reason}`);
    return exitStatus(error.code === "ENOENT" ? 127 : 126);
  }
}
