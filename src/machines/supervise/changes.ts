import { msOrForever } from "../../formats/uint.ts";
import { CLEARING_MS } from "./census.ts";
import type { Context } from "./context.ts";
import { failedForGood } from "./failure.ts";
import { type Fact, only, type StopPlan } from "./facts.ts";
import { change } from "./setup.ts";

/** Between being down, or ready, and an automatic restart (s6 documentation, s6-supervise). */
export const RESTART_DELAY_MS = 1000;
/** Between one SIGKILL of a timer and the next. */
export const KILL_AGAIN_MS = 5000;

const after = (fact: Fact, ms: number | undefined): number | null => (ms === undefined ? null : fact.ms + ms);
/** "Not started yet" ends with the first status that follows, and that one is "paused" only if run is. */
const pausedStill = (context: Context): boolean => context.paused && context.pid !== 0;

// -- what is wanted ------------------------------------------------------------------------------------------------
export const wantUp = change((context) => ({ wantedUp: true, paused: pausedStill(context) }));
export const wantDown = change((context) => ({ wantedUp: false, paused: pausedStill(context) }));
export const leaveWhenDown = change(() => ({ last: true }));

// -- run -----------------------------------------------------------------------------------------------------------
export const spawned = change((_context, fact) => {
  const { at, pid, notifies, pidfile } = only(fact, "run.spawned");
  return {
    changedAt: at, pid, pgid: pid, paused: false, ready: false, stopping: false,
    notifies, notifying: notifies, pidfile, restartNotBeforeMs: null, deadlineMs: null,
  };
});
export const retryLater = change((_context, fact) => ({ deadlineMs: after(fact, only(fact, "run.failed").retryMs) }));
export const readied = change((_context, fact) => ({
  ready: true, readyAt: fact.at, restartNotBeforeMs: fact.ms + RESTART_DELAY_MS,
}));
export const forked = change((_context, fact) => {
  const { pid, pgid } = only(fact, "run.forked");
  return { pid, pgid: pgid ?? pid, pidfile: false };
});
export const silenced = change(() => ({ notifying: false }));
export const paused = change(() => ({ paused: true }));
export const resumed = change(() => ({ paused: false }));

// -- stopping ------------------------------------------------------------------------------------------------------
export const stopOf = (fact: Fact): StopPlan => {
  const { type, stop } = only(fact, "control.down", "control.downDisable", "signal.term");
  if (stop === undefined) throw new TypeError(`${type} without its stop plan while run is up`);
  return stop;
};
export const stopping = change((_context, fact) => ({
  wantedUp: false, paused: false, stopping: true, deadlineMs: after(fact, msOrForever(stopOf(fact).killAfterMs)),
}));
export const killAgainLater = change((_context, fact) => ({ paused: false, deadlineMs: fact.ms + KILL_AGAIN_MS }));
export const disarmed = change(() => ({ deadlineMs: null }));

// -- death ---------------------------------------------------------------------------------------------------------
const dead = { paused: false, ready: false, stopping: false, pidfile: false, deadlineMs: null };
export const died = change((_context, fact) => ({
  ...dead, changedAt: fact.at, waitStatus: only(fact, "run.died").waitStatus & 0xffff,
}));
/** The wait status stays that of the last death which was seen. */
export const lost = change((_context, fact) => ({ ...dead, changedAt: fact.at }));

// -- finish --------------------------------------------------------------------------------------------------------
export const finishing = change((_context, fact) => {
  const { pid, timeoutMs } = only(fact, "finish.spawned");
  return { pid, pgid: pid, finishing: true, deadlineMs: after(fact, msOrForever(timeoutMs)) };
});
/** Others must go first: until then it is as if finish ran, and only a command makes the service wanted again. */
export const clearing = change((context, fact) => ({
  wantedUp: context.wantedUp && !failedForGood(fact), finishing: true, deadlineMs: fact.ms + CLEARING_MS,
}));
/** Completely down: run is dead and finish, if there was one, too. */
export const settled = change((context, fact) => {
  const wantedUp = context.wantedUp && !failedForGood(fact);
  const restartMs = context.restartNotBeforeMs ?? fact.ms + RESTART_DELAY_MS;
  return {
    wantedUp, pid: 0, pgid: 0, finishing: false, ready: true, readyAt: fact.at,
    deadlineMs: wantedUp && !context.last ? restartMs : null,
  };
});
