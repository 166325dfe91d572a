import { type Death, DEATH_SIZE, deathOf, decodeDeathTally, encodeDeathTally, MAX_DEATHS, withDeath } from "../formats/death-tally.ts";
import type { Tain } from "../formats/tain.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { readFileAt, replaceFileAt } from "../sys/files.ts";
import type { ActorPorts } from "./actor-ports.ts";

const TALLY = "supervise/death_tally";
/** One more than a sound one has. */
const MAX_TALLY_BYTES = MAX_DEATHS * DEATH_SIZE + 1;

/**
 * One more death in supervise/death_tally, the last `keep` (≥ 1) of them. The file is read each time, because
 * s6-svdt-clear may have emptied it. Answers false when what was there was garbage and had to be dropped.
 *
 * @throws SystemError when it can't be read or replaced
 */
export function recordDeath(dirFd: number, at: Tain, waitStatus: WaitStatus, keep: number): boolean {
  const bytes = readFileAt(dirFd, TALLY, MAX_TALLY_BYTES) ?? new Uint8Array();
  const death = deathOf(at, waitStatus);
  const tally = withDeath(bytes, death, keep);
  replaceFileAt(dirFd, TALLY, tally ?? encodeDeathTally([death]));
  return tally !== undefined;
}

/** Makes the file where it is missing, and leaves the deaths of earlier supervisors in it. True when it was made. */
export function ensureDeathTally(dirFd: number): boolean {
  if (readFileAt(dirFd, TALLY, 1) !== undefined) return false;
  replaceFileAt(dirFd, TALLY, new Uint8Array());
  return true;
}

/**
 * supervise/death_tally is a projection of the journal: where it is missing, it is made anew. `dirFd` answers undefined
 * when there is nobody any more whose it is.
 */
export function recallDeaths(ports: ActorPorts, maxDeaths: number, dirFd: () => number | undefined): void {
  if (maxDeaths === 0) return;
  ports.journal.recall(maxDeaths, (deaths) => {
    const fd = dirFd();
    if (fd === undefined) return;
    try {
      restoreDeaths(fd, deaths, maxDeaths);
    } catch (error) {
      ports.warn(`unable to make supervise/death_tally anew: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** Puts deaths that the journal remembers before those that the file has by now, of which `keep` stay. */
function restoreDeaths(dirFd: number, remembered: readonly Death[], keep: number): void {
  const since = decodeDeathTally(readFileAt(dirFd, TALLY, MAX_TALLY_BYTES) ?? new Uint8Array());
  const [first] = since ?? [];
  const before = remembered.filter(({ at }) => first === undefined || at < first.at);
  if (since === undefined || before.length === 0 || keep === 0) return;
  replaceFileAt(dirFd, TALLY, encodeDeathTally([...before, ...since].slice(-keep)));
}
