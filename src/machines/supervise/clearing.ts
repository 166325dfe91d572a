import { commands } from "./finish.ts";
import { settled } from "./changes.ts";
import { clear, leave } from "./sequences.ts";
import { notify, perform, setDeadline, supervise, writeStatus } from "./setup.ts";

/**
 * Nothing runs that the supervisor started, but others that the service left behind do, and are being killed
 * (flag-census). The deadline is when that is given up. Two states: the second remembers that finish has failed for good.
 */
const stuck = perform((_context, { census }) => {
  const left = (census?.left ?? []).map(({ pid, comm }) => `${pid} (${comm})`).join(", ");
  return left === "" ? undefined : { type: "warn", text: `left-over processes can't be killed, going on without: ${left}` };
});

const until = (letters: "D" | "OD") => {
  const emptied = [settled, setDeadline, writeStatus, notify(letters)];
  return supervise.createStateConfig({
    on: {
      "census.taken": [
        { guard: "leavesOthers", actions: [clear] },
        { guard: "isLast", target: "gone", actions: [...emptied, ...leave] },
        { target: "down", actions: emptied },
      ],
      "deadline.reached": [
        { guard: "isLast", target: "gone", actions: [stuck, ...emptied, ...leave] },
        { target: "down", actions: [stuck, ...emptied] },
      ],
      ...commands,
      "signal.int": { target: "gone", actions: leave }, // no group of its own is left
    },
  });
};

export const clearing = until("D");
export const clearingFailed = until("OD");
