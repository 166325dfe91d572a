import type { ServiceStatus } from "../../formats/status.ts";
import type { Clocks } from "./facts.ts";

/**
 * All that a supervisor must remember: plain data, so that a state is a line of JSON and another thread, or another
 * process, can go on from it. The first part is supervise/status as every reader of s6 sees it.
 */
export interface Context extends ServiceStatus {
  /** Process group of `pid`. */
  readonly pgid: number;
  /** LASTUP and LASTFINISH of s6: leave as soon as the service is completely down. */
  readonly last: boolean;
  /** A stop was asked for since run was spawned: the timer, if armed, is the kill timer. */
  readonly stopping: boolean;
  /** The service has a notification-fd. */
  readonly notifies: boolean;
  /** The pipe behind it is still open. */
  readonly notifying: boolean;
  /** run is the parent of a forking daemon, and has not yet left its child to us. */
  readonly pidfile: boolean;
  /** Readiness of this run plus a second; null until it is ready. Kept from then until the next spawn. */
  readonly restartNotBeforeMs: number | null;
  /** The one timer; null = disarmed. */
  readonly deadlineMs: number | null;
}

export interface StartInput extends Clocks {
  /** No ./down when the supervisor looked. */
  readonly wantedUp: boolean;
}

/** "pid 0, not finishing, paused" is how s6 2.13.2 and later say "not started yet". */
export const firstContext = ({ at, wantedUp }: StartInput): Context => ({
  changedAt: at,
  readyAt: at,
  pid: 0,
  waitStatus: 0,
  paused: true,
  finishing: false,
  wantedUp,
  ready: true,
  pgid: 0,
  last: false,
  stopping: false,
  notifies: false,
  notifying: false,
  pidfile: false,
  restartNotBeforeMs: null,
  deadlineMs: null,
});

/** The part of a context that is written to supervise/status. */
export const statusIn = (context: Context): ServiceStatus => ({
  changedAt: context.changedAt,
  readyAt: context.readyAt,
  pid: context.pid,
  waitStatus: context.waitStatus,
  paused: context.paused,
  finishing: context.finishing,
  wantedUp: context.wantedUp,
  ready: context.ready,
});
