import { becomesOrExits, type ChainProcess, exits } from "../chain/process.ts";
import { isAmong, parseDeathEvents } from "../formats/death-events.ts";
import { type Death, DEATH_SIZE, decodeDeathTally, DEFAULT_MAX_DEATHS, MAX_DEATHS } from "../formats/death-tally.ts";
import { type Tain, tainBefore } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import type { ProcessProgram } from "./chain.ts";
import { ExitError, UsageError } from "./failures.ts";
import { recordedDeathsSince } from "./recorded-deaths.ts";

const NAME = "s6-permafailon";
const TALLY = "supervise/death_tally";
/** To a supervisor: do not start it again. */
const PERMANENT_FAILURE = 125;

export const s6permafailon: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} seconds deathcount statuslist prog...`,
  help: `For ./finish, in the service directory: exits 125, which means a permanent failure to the supervisor, if ./run died
DEATHCOUNT times (at most ${MAX_DEATHS} count) in the last SECONDS in one of the ways of STATUSLIST; else becomes PROG.

STATUSLIST: exit codes (7), intervals of them (1-99) and signals (SEGV, sigkill, SIG9), separated by , ; or blanks.
            A death by a signal has the exit code 128 + its number, too.

Where the death tally is full or missing, the journal tells of the deaths that it had no room for.

Exit codes: 125 permanent failure, 0 none and no PROG, 100 wrong usage, 126 or 127 PROG can't be executed.`,
  run([secondsText = "", countText = "", list, ...prog], process) {
    const [seconds, count] = [parseUint(secondsText), parseUint(countText)];
    if (seconds === undefined || count === undefined || count === 0 || list === undefined) throw new UsageError();
    const events = parseDeathEvents(list);
    if (typeof events === "string") throw new ExitError(100, events);

    const last = deathsSince(process, tainBefore(process.sys.now(), seconds))
      .filter((death) => isAmong(death, events))
      .at(Math.min(count, MAX_DEATHS) - 1);
    if (last !== undefined) {
      const way = last.signal === 0 ? `exit code ${last.exitCode}` : `signal ${last.signal}`;
      process.inform(`PERMANENT FAILURE triggered after ${Math.min(count, MAX_DEATHS)} events involving ${way} in the last ${seconds} seconds`);
      return exits(PERMANENT_FAILURE);
    }
    return becomesOrExits(prog);
  },
};

/**
 * Oldest first. The journal has older deaths than the tally; but what was cleared (s6-svdt-clear) is not to come back,
 * so the tally alone counts as long as it has room for more.
 */
function deathsSince(process: ChainProcess, since: Tain): Death[] {
  const { sys } = process;
  const tally = readTally(sys);
  if (typeof tally === "string") process.warn(tally);
  const known = typeof tally === "string" ? [] : tally;
  const hasMissed = typeof tally === "string" || tally.length >= roomOfTally(sys);
  const older = hasMissed ? recordedDeathsSince(".", since).filter(({ at }) => at < (known[0]?.at ?? "g")) : [];
  return [...older, ...known.filter(({ at }) => at >= since)];
}

/** Or why it can't be read. */
function readTally(sys: Sys): Death[] | string {
  try {
    if (sys.stat(TALLY).size % DEATH_SIZE !== 0) return `invalid ${TALLY}`;
    return decodeDeathTally(sys.readFile(TALLY)) ?? `invalid ${TALLY}`;
  } catch (error) {
    if (error instanceof SystemError) return `unable to ${error.syscall} ${TALLY}: ${error.reason}`;
    throw error;
  }
}

/** As the supervisor reads it: what can't be read counts as absent. */
function roomOfTally(sys: Sys): number {
  try {
    const [line = ""] = Buffer.from(sys.readFile("max-death-tally", 11)).toString("latin1").split("\n");
    return Math.min(parseUint(line) ?? DEFAULT_MAX_DEATHS, MAX_DEATHS);
  } catch (error) {
    if (error instanceof SystemError) return DEFAULT_MAX_DEATHS;
    throw error;
  }
}
