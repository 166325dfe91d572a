import type { EventLetter } from "../../formats/fifodir.ts";
import type { ServiceStatus } from "../../formats/status.ts";
import type { Tain } from "../../formats/tain.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";

/** Orders to the shell, plain data, performed in the order given. */
export type Effect =
  | { readonly type: "writeStatus"; readonly status: ServiceStatus }
  /** One write to every subscriber of event/. */
  | { readonly type: "notify"; readonly letters: EventLetter | "dD" | "OD" }
  /** One more record in supervise/death_tally, of which `keep` (≥ 1) stay. */
  | { readonly type: "recordDeath"; readonly at: Tain; readonly waitStatus: WaitStatus; readonly keep: number }
  /** Answered by run.spawned or run.failed, before any other fact. */
  | { readonly type: "spawnRun" }
  /**
   * ./finish with its four arguments (the third, the name, is the shell's). exitCode 256: killed by `signal`, or by
   * nobody knows what when signal is 0. Answered by finish.spawned or finish.absent,
   * before any other fact.
   */
  | { readonly type: "spawnFinish"; readonly exitCode: number; readonly signal: number; readonly pgid: number }
  | { readonly type: "kill"; readonly target: "process" | "group"; readonly pid: number; readonly signal: number }
  /** SIGKILL to these left-over processes, whom the last census found. census.taken follows when they are gone. */
  | { readonly type: "clear"; readonly pids: readonly number[] }
  /** The one timer: monotonic ms at which deadline.reached is due, null = none. */
  | { readonly type: "setDeadline"; readonly atMs: number | null }
  | { readonly type: "closeNotification" }
  /** Create (truncate) or remove ./down; failure is only a warning. */
  | { readonly type: "setDownFile"; readonly present: boolean }
  /** The supervisor's own stdin and stdout become /dev/null. */
  | { readonly type: "nullStdio" }
  | { readonly type: "warn"; readonly text: string }
  /** The loop is over: exit 0. */
  | { readonly type: "exit" };
