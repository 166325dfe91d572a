import type { ControlOrder } from "../../formats/control.ts";
import type { Tain } from "../../formats/tain.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";

/** Every fact carries both clocks: `at` for what is written down, `ms` (monotonic) for every decision about delays. */
export interface Clocks {
  readonly at: Tain;
  readonly ms: number;
}

/**
 * What can happen to a supervisor: past tense, plain data. What the servicedir files said at that moment is part of
 * the fact (see `wants` in step.ts), so that a recorded history needs no file to be replayed.
 */
export type Fact = Clocks &
  (
    | { readonly type: "supervisor.started" }
    /** A byte of supervise/control that sends one signal to run. */
    | { readonly type: "control.signal"; readonly signal: number }
    /** restart and reload carry the signal to send. */
    | { readonly type: "control.restart" | "control.reload"; readonly signal?: number }
    /** down and downDisable carry what stopping needs, when run is up. */
    | { readonly type: "control.down" | "control.downDisable"; readonly stop?: StopPlan }
    | { readonly type: `control.${Exclude<ControlOrder, "restart" | "reload" | "down" | "downDisable">}` }
    /** Signals to the supervisor itself. */
    | { readonly type: "signal.term"; readonly stop?: StopPlan }
    | { readonly type: "signal.hup" | "signal.quit" | "signal.int" }
    | { readonly type: "run.spawned"; readonly pid: number; readonly notifies: boolean; readonly pidfile: boolean }
    /** retryMs undefined: no retry until the next command. */
    | { readonly type: "run.failed"; readonly code: string; readonly retryMs?: number }
    | { readonly type: "run.died"; readonly waitStatus: WaitStatus; readonly maxDeaths: number }
    /** pidfile: the parent exited 0 and left this child, which is supervised from now on. */
    | { readonly type: "run.forked"; readonly pid: number }
    | { readonly type: "run.notified" }
    /** End of file or error on the notification pipe before any newline. */
    | { readonly type: "notification.closed" }
    | { readonly type: "finish.spawned"; readonly pid: number; readonly timeoutMs: number }
    | { readonly type: "finish.absent" }
    | { readonly type: "finish.died"; readonly waitStatus: WaitStatus }
    /** killGroup: flag-timeout-killpg is there (read when run is up). */
    | { readonly type: "deadline.reached"; readonly killGroup?: boolean }
    /** A service taken over from a dead worker or an earlier supervisor was gone and its status is not to be had. */
    | { readonly type: "child.lost"; readonly maxDeaths: number }
  );
export type FactType = Fact["type"];

/** down-signal and timeout-kill as the files say now; killAfterMs 0 = never. */
export interface StopPlan {
  readonly signal: number;
  readonly killAfterMs: number;
}
