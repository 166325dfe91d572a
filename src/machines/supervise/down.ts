import { disarmed, wantDown, wantUp } from "./changes.ts";
import { leave } from "./sequences.ts";
import { setDeadline, setDownFile, spawnRun, supervise, writeStatus } from "./setup.ts";

/** No process: down for good, or until the deadline. Commands that start it do not wait for that. */
const gone = { target: "gone", actions: leave } as const;
const wantedDown = { actions: [wantDown, writeStatus] };

export const down = supervise.createStateConfig({
  on: {
    "control.up": { target: "starting", actions: [wantUp, writeStatus, spawnRun] },
    "control.upEnable": { target: "starting", actions: [setDownFile(false), wantUp, writeStatus, spawnRun] },
    "control.once": { target: "starting", actions: [wantDown, writeStatus, spawnRun] },
    "control.down": wantedDown,
    "control.onlyOnce": wantedDown,
    "control.downDisable": { actions: [setDownFile(true), wantDown, writeStatus] },
    "control.onlyOnceDisable": { actions: [setDownFile(true), wantDown, writeStatus] },
    "control.exit": gone,
    "signal.term": gone,
    "signal.hup": gone,
    "signal.quit": gone,
    "signal.int": gone,
    "deadline.reached": [
      { guard: "isWantedUp", target: "starting", actions: [spawnRun] },
      { actions: [disarmed, setDeadline] },
    ],
  },
});
