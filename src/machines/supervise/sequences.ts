import { exitCode, termSignal } from "../../formats/wait-status.ts";
import { clearing, disarmed, died, lost, readied, settled, silenced, stopOf, stopping } from "./changes.ts";
import { only } from "./facts.ts";
import { failedForGood } from "./failure.ts";
import { exit, kill, notify, perform, setDeadline, writeStatus } from "./setup.ts";

/**
 * What more than one state does, each in the order that others can see (s6 2.15): the status file is always up to
 * date before a letter tells of it.
 */

/** ./finish is told 256 for a death by signal; with signal 0 beside it, nobody knows. */
const SIGNALED = 256;

export const silence = [
  perform((context) => (context.notifying ? { type: "closeNotification" } : undefined)),
  silenced,
];

/** run is ready. Its pipe goes last: what it still writes there is nobody's business. */
export const ready = [readied, writeStatus, notify("U"), ...silence];

/** SIGCONT after the signal: a stopped process must receive it too. */
export const stop = [
  stopping, kill("process", (fact) => stopOf(fact).signal), kill("process", "CONT"), writeStatus, setDeadline,
];

const endOfRun = [setDeadline, ...silence];

export const death = [
  died, ...endOfRun,
  perform((_context, fact) => {
    const { at, waitStatus, maxDeaths } = only(fact, "run.died");
    return maxDeaths > 0 ? { type: "recordDeath", at, waitStatus: waitStatus & 0xffff, keep: maxDeaths } : undefined;
  }),
  perform(({ pgid }, fact) => {
    const { waitStatus } = only(fact, "run.died");
    const signal = termSignal(waitStatus);
    return { type: "spawnFinish", exitCode: signal === 0 ? exitCode(waitStatus) : SIGNALED, signal, pgid };
  }),
];

/** A death that nobody saw: nothing is invented for the tally, and finish hears that it is unknown. */
export const loss = [
  lost, ...endOfRun, perform(({ pgid }) => ({ type: "spawnFinish", exitCode: SIGNALED, signal: 0, pgid })),
];

/** After ./finish. O and D go in one write, so that no other writer comes between them. */
export const down = [
  settled, setDeadline, writeStatus,
  perform((_context, fact) => ({ type: "notify", letters: failedForGood(fact) ? "OD" : "D" })),
];

/** Without ./finish run's death and being down are one: one status, one write of both letters. */
export const downAtOnce = [settled, setDeadline, writeStatus, notify("dD")];

/** SIGKILL to those that the census lists: one more look when they are gone. */
export const clear = perform((_context, { census }) => ({ type: "clear", pids: (census?.left ?? []).map(({ pid }) => pid) }));

/** finish is over and others still run: as long as they do, it is as if finish ran. */
export const waitForOthers = [clearing, setDeadline, writeStatus, clear];
/** The same where there is no finish, and run's death was not told yet. */
export const waitForOthersFirst = [clearing, setDeadline, writeStatus, notify("d"), clear];

/** s6 writes no status here: what the service was when its supervisor left it stays true. */
export const leave = [disarmed, notify("x"), exit];
