import { finishing } from "./changes.ts";
import { downAtOnce, leave, waitForOthersFirst } from "./sequences.ts";
import { notify, setDeadline, supervise, writeStatus } from "./setup.ts";

/** run is dead, and the answer to spawning ./finish is on its way. */
export const ending = supervise.createStateConfig({
  on: {
    "finish.spawned": { target: "finish", actions: [finishing, setDeadline, writeStatus, notify("d")] },
    "finish.absent": [
      { guard: "leavesOthers", target: "clearing", actions: waitForOthersFirst },
      { guard: "isLast", target: "gone", actions: [...downAtOnce, ...leave] },
      { target: "down", actions: downAtOnce },
    ],
  },
});
