import { DEATH_SIZE, deathOf, encodeDeathTally, MAX_DEATHS, withDeath } from "../formats/death-tally.ts";
import type { Tain } from "../formats/tain.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { readFileAt, replaceFileAt } from "../sys/files.ts";

const TALLY = "supervise/death_tally";

/**
 * One more death in supervise/death_tally, the last `keep` (≥ 1) of them. The file is read each time, because
 * s6-svdt-clear may have emptied it. Answers false when what was there was garbage and had to be dropped.
 *
 * @throws SystemError when it can't be read or replaced
 */
export function recordDeath(dirFd: number, at: Tain, waitStatus: WaitStatus, keep: number): boolean {
  const bytes = readFileAt(dirFd, TALLY, MAX_DEATHS * DEATH_SIZE + 1) ?? new Uint8Array();
  const death = deathOf(at, waitStatus);
  const tally = withDeath(bytes, death, keep);
  replaceFileAt(dirFd, TALLY, tally ?? encodeDeathTally([death]));
  return tally !== undefined;
}

/** Makes the file where it is missing, and leaves the deaths of earlier supervisors in it. */
export function ensureDeathTally(dirFd: number): void {
  if (readFileAt(dirFd, TALLY, 1) === undefined) replaceFileAt(dirFd, TALLY, new Uint8Array());
}
