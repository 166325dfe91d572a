import { retryLater, spawned } from "./changes.ts";
import { notify, setDeadline, supervise, writeStatus } from "./setup.ts";

/** The answer to spawning ./run is on its way. A failed start changes nothing that others can see. */
export const starting = supervise.createStateConfig({
  on: {
    "run.spawned": { target: "up", actions: [spawned, setDeadline, writeStatus, notify("u")] },
    "run.failed": { target: "down", actions: [retryLater, setDeadline] },
  },
});
