import type { ControlOrder } from "../../formats/control.ts";
import type { Definition } from "../../formats/definition.ts";
import type { Sender } from "../../formats/sender.ts";
import type { Tain } from "../../formats/tain.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";
import type { Census } from "./census.ts";

/** Every fact carries both clocks: `at` for what is written down, `ms` (monotonic) for every decision about delays. */
export interface Clocks {
  readonly at: Tain;
  readonly ms: number;
}

/**
 * What can happen to a supervisor: past tense, plain data. What the servicedir files said at that moment is part of
 * the fact (see `wants` in step.ts), so that a recorded history needs no file to be replayed.
 */
export type Fact = Clocks & {
  /** Of control facts: who wrote the byte, by its own account. Absent = a writer that does not tell, such as C's s6-svc. */
  readonly by?: Sender;
  /** Of run.spawned and run.failed: what the service is now, where that differs from the last one that was told. */
  readonly definition?: Definition;
  /** Of what ends finish, and of census.taken: what still runs, where the service has flag-census. */
  readonly census?: Census;
} & (
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
    /** notifies: it has a notification-fd. pidfile: its exit with code 0 will be run.forked, once. */
    | { readonly type: "run.spawned"; readonly pid: number; readonly notifies: boolean; readonly pidfile: boolean }
    /** retryMs undefined: no retry until the next command. */
    | { readonly type: "run.failed"; readonly code: string; readonly retryMs?: number }
    /** maxDeaths: max-death-tally, 0 = the tally is left alone. */
    | { readonly type: "run.died"; readonly waitStatus: WaitStatus; readonly maxDeaths: number }
    /**
     * pidfile: the parent exited 0 and left this child, which is supervised from now on. pgid: its process group;
     * absent = it leads its own.
     */
    | { readonly type: "run.forked"; readonly pid: number; readonly pgid?: number }
    | { readonly type: "run.notified" }
    /** End of file or error on the notification pipe before any newline. */
    | { readonly type: "notification.closed" }
    /** timeoutMs: timeout-finish, 0 = no limit. */
    | { readonly type: "finish.spawned"; readonly pid: number; readonly timeoutMs: number }
    | { readonly type: "finish.absent" }
    | { readonly type: "finish.died"; readonly waitStatus: WaitStatus }
    /** killGroup: flag-timeout-killpg is there (read when run is up). Absent = it is not. */
    | { readonly type: "deadline.reached"; readonly killGroup?: boolean }
    /** Whom clear has killed is gone, and this is what was found then. */
    | { readonly type: "census.taken" }
    /** A process taken over from a dead worker or an earlier supervisor is gone, and how it ended is not to be had. */
    | { readonly type: "child.lost" }
  );
export type FactType = Fact["type"];

/** The fact, known to be one of these types. @throws TypeError when it is another: the machine is wired wrongly. */
export function only<T extends FactType>(fact: Fact, ...types: readonly T[]): Fact & { readonly type: T } {
  if ((types as readonly FactType[]).includes(fact.type)) return fact as Fact & { readonly type: T };
  throw new TypeError(`${fact.type} where ${types.join(" or ")} was expected`);
}

/** down-signal and timeout-kill as the files say now; killAfterMs 0 = never. */
export interface StopPlan {
  readonly signal: number;
  readonly killAfterMs: number;
}
