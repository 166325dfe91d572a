import { killAgainLater, leaveWhenDown, wantDown, wantUp } from "./changes.ts";
import { down, leave, waitForOthers } from "./sequences.ts";
import { kill, nullStdio, setDeadline, setDownFile, supervise, warn, writeStatus } from "./setup.ts";

/** ./finish runs. No command can hit it, only its time limit; LASTFINISH is this state with `last` set. */
const wantedDown = { actions: [wantDown, writeStatus] };
const wantedDownDisable = { actions: [setDownFile(true), wantDown, writeStatus] };
const leaveLater = { actions: [leaveWhenDown, nullStdio] };
const ended = [
  { guard: "failsAndLeavesOthers", target: "clearingFailed", actions: waitForOthers },
  { guard: "leavesOthers", target: "clearing", actions: waitForOthers },
  { guard: "isLast", target: "gone", actions: [...down, ...leave] },
  { target: "down", actions: down },
] as const;

/** What a service on its way down can be told. */
export const commands = {
  "control.up": { actions: [wantUp, writeStatus] },
  "control.upEnable": { actions: [setDownFile(false), wantUp, writeStatus] },
  "control.once": wantedDown,
  "control.onlyOnce": wantedDown,
  "control.down": wantedDown,
  "control.downDisable": wantedDownDisable,
  "control.onlyOnceDisable": wantedDownDisable,

  "control.exit": leaveLater,
  "signal.hup": leaveLater,
  // Once it is leaving, another SIGTERM adds nothing.
  "signal.term": [{ guard: "isLast" }, leaveLater],
  "signal.quit": { target: "gone", actions: leave },
} as const;

export const finish = supervise.createStateConfig({
  on: {
    "finish.died": ended,
    "child.lost": ended,
    "deadline.reached": {
      actions: [
        warn("finish exceeded its time limit, killing it"),
        killAgainLater, kill("process", "CONT"), writeStatus, kill("process", "KILL"), setDeadline,
      ],
    },

    ...commands,
    "signal.int": { target: "gone", actions: [kill("group", "INT"), ...leave] },
  },
});
