import { clearing, clearingFailed } from "./clearing.ts";
import { firstContext } from "./context.ts";
import { down } from "./down.ts";
import { ending } from "./ending.ts";
import { finish } from "./finish.ts";
import { notify, spawnRun, supervise, writeStatus } from "./setup.ts";
import { starting } from "./starting.ts";
import { up } from "./up.ts";

/**
 * One supervised service, as s6-supervise 2.15 decides (s6 documentation: s6-supervise, servicedir, s6-svc). This room
 * decides only: no clock, no file, no process. Facts come in, effects go out, both plain data; step.ts is the door.
 *
 * STATES, with the names that the reference has for them
 *
 *   fresh        nothing yet; the first fact is supervisor.started
 *   down         DOWN: no process. The deadline, if any, is the restart or retry delay
 *   starting     ./run is being spawned
 *   up           UP: run lives; `unready` until it says otherwise, then `ready`. The deadline is the kill timer
 *   ending       run is dead, ./finish is being spawned
 *   finish       FINISH: finish lives. The deadline is its time limit
 *   clearing     flag-census: what run and finish left behind is being killed (clearingFailed: and finish exited 125)
 *   gone         the supervisor has left its loop; nothing more happens
 *
 * LASTUP and LASTFINISH are `up` and `finish` with the flag `last`: leave as soon as the service is completely down.
 * Wanted up or down is a flag too, and running while not wanted is "once".
 *
 *   fresh ──► down ──► starting ──► up ──► ending ──► finish ──► down
 *                ◄── failed ──┘                └─ no ./finish ───►
 *
 * With flag-census, whose word is `kill`, `clearing` comes before `down` when anybody is left.
 *
 * TWO-PHASE SPAWNS. The status file names the pid of run, or of finish, and whether the start worked; so what follows a
 * spawn can't be decided before its outcome is known. spawnRun and spawnFinish are therefore the last effect of their
 * step, and lead to a state that waits for the answer: run.spawned or run.failed, finish.spawned or finish.absent. The
 * shell hands the answer over before any other fact, so nobody outside sees these two states; anything else there is an
 * error of the shell, and step() says so.
 *
 * FACTS carry both clocks: the wall clock is only written down, the monotonic one only compared. What a file of the
 * service directory says at that moment comes with the fact that makes s6 look at it (`wants` in step.ts). Between two
 * such moments nothing is remembered, so editing a file takes effect at once; and a history replays without files.
 *
 * EFFECTS are performed in their order, which others can see: the status file is written before the letter that tells
 * of it, always; letters that belong together (dD, OD) are one effect; a stop sends its signal, then SIGCONT, then
 * writes the status. There is one timer: setDeadline replaces it, and its expiry is the fact deadline.reached.
 *
 * DELAYS. An automatic restart comes a second after readiness, or if run was never ready a second after being down;
 * a command does not wait. The kill timer is armed by a stop, armed anew by the next stop, not disarmed by "up", and
 * goes off every 5 s until run is dead. So does finish's limit.
 *
 * THE CENSUS. Where the service directory has flag-census, the fact that ends finish (or says that there is none) carries
 * who still runs of the service. That is only recorded, unless the flag says `kill`: then clear kills those that are
 * listed, census.taken tells who is left when they are gone, and so on; for everybody else finish still runs. What can't
 * be killed in 10 s is given up with a warning. Without the file no fact carries anything.
 *
 * Two more things the reference does not have:
 *
 * A run WITH A PIDFILE forks and exits 0. That fact is run.forked, not run.died: the pid changes, since when it is up
 * does not, and a service with a notification-fd is ready now. Any other end of the parent, and any end of the child,
 * is run.died.
 *
 * A LOST CHILD died and nobody could be asked how. It is a death with its letter, its finish and its restart, but
 * nothing is made up about its end: no record in the death tally, the wait status stays that of the last death that was
 * seen, and finish gets 256 (not an exit code) with signal 0 (not a signal), which no seen death yields. A lost finish
 * counts as one that did not exit 125.
 */
export const machine = supervise.createMachine({
  id: "supervise",
  context: ({ input }) => firstContext(input),
  initial: "fresh",
  states: {
    fresh: {
      on: {
        "supervisor.started": [
          { guard: "isWantedUp", target: "starting", actions: [writeStatus, notify("s"), spawnRun] },
          { target: "down", actions: [writeStatus, notify("s")] },
        ],
      },
    },
    down,
    starting,
    up,
    ending,
    finish,
    clearing,
    clearingFailed,
    gone: { type: "final" },
  },
});
