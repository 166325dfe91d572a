import { disarmed, forked, killAgainLater, leaveWhenDown, paused, resumed, wantDown, wantUp } from "./changes.ts";
import { type Fact, only } from "./facts.ts";
import { death, leave, loss, ready, silence, stop } from "./sequences.ts";
import { kill, nullStdio, setDeadline, setDownFile, supervise, warn, writeStatus } from "./setup.ts";

/** run lives. "Once" is this state while it is not wanted; LASTUP is this state with `last` set. */
const wantedDown = { actions: [wantDown, writeStatus] };
const leaveLater = { actions: [leaveWhenDown, nullStdio] };

const killTarget = (fact: Fact): "process" | "group" =>
  only(fact, "deadline.reached").killGroup === true ? "group" : "process";
const askedSignal = (fact: Fact): number => {
  const { type, signal } = only(fact, "control.signal", "control.restart", "control.reload");
  if (signal === undefined) throw new TypeError(`${type} without its signal while run is up`);
  return signal;
};
const send = { actions: [kill("process", askedSignal)] };

export const up = supervise.createStateConfig({
  initial: "unready",
  states: {
    unready: {
      on: {
        "run.notified": { target: "ready", actions: ready },
        // A daemon is ready when its parent has left it alone: that is what the parent waits for.
        "run.forked": [
          { guard: "hasNotificationFd", target: "ready", actions: [forked, ...ready] },
          { actions: [forked, writeStatus] },
        ],
      },
    },
    ready: {
      on: { "run.forked": { actions: [forked, writeStatus] } },
    },
  },
  on: {
    "notification.closed": { actions: silence },
    "run.died": { target: "ending", actions: death },
    "child.lost": { target: "ending", actions: loss },
    "deadline.reached": [
      {
        guard: "isStopping",
        actions: [killAgainLater, kill(killTarget, "KILL"), kill(killTarget, "CONT"), writeStatus, setDeadline],
      },
      { actions: [disarmed, warn("can't happen: the kill timer went off, and nobody asked for a stop"), setDeadline] },
    ],

    "control.up": { actions: [wantUp, writeStatus] },
    "control.upEnable": { actions: [setDownFile(false), wantUp, writeStatus] },
    "control.once": wantedDown,
    "control.onlyOnce": wantedDown,
    "control.onlyOnceDisable": { actions: [setDownFile(true), wantDown, writeStatus] },
    "control.down": { actions: stop },
    "control.downDisable": { actions: [setDownFile(true), ...stop] },

    "control.signal": send,
    "control.restart": send,
    "control.reload": send,
    "control.pause": { actions: [paused, kill("process", "STOP"), writeStatus] },
    "control.continue": { actions: [resumed, kill("process", "CONT"), writeStatus] },
    "control.pauseGroup": { actions: [paused, kill("group", "STOP"), writeStatus] },
    "control.continueGroup": { actions: [resumed, kill("group", "CONT"), writeStatus] },
    "control.killGroup": { actions: [kill("group", "KILL")] },

    // SIGTERM leaves stdin and stdout alone, the others give them up: that is how a logger sees end of file.
    "signal.term": { actions: [leaveWhenDown, ...stop] },
    "signal.hup": leaveLater,
    "control.exit": leaveLater,
    "signal.quit": { target: "gone", actions: leave },
    "signal.int": { target: "gone", actions: [kill("group", "INT"), ...leave] },
  },
});
