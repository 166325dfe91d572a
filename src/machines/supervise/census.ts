import type { Sighting } from "../../formats/sighting.ts";
/**
 * The left-over census: what still runs of a service when its finish has ended. Which processes are a service's own is
 * decided here, from what the shell saw of them, and only by what proves it; whoever can't be proven to be one is a
 * stranger, who is neither counted nor killed.
 */

/** How it was tied: same process group as run or finish, same session, or a living process of these is its parent. */
export type Tie = "group" | "session" | "child";

export interface LeftOver {
  readonly pid: number;
  /** The kernel's name of it, at most 15 bytes. */
  readonly comm: string;
  readonly tie: Tie;
}

/** A part of a fact; absent = the service has no flag-census. */
export interface Census {
  /** flag-census says so: they are to be killed. */
  readonly kill: boolean;
  /** How many were found; no more than LISTED_MAX of them are in `left`. */
  readonly count: number;
  readonly left: readonly LeftOver[];
}

export const LISTED_MAX = 64;
/** Who has not gone this long after it was first killed can't be: it is reported, and the service goes on. */
export const CLEARING_MS = 10_000;

/** A process that led the group of the service, as run or as finish. */
export interface Lineage {
  readonly group: number;
  /** Its group, and no later one of the same number, had members when the processes had been looked at. */
  readonly isPinned: boolean;
  /** A moment when the number was still its own; 0 = none is known. */
  readonly diedTicks: number;
}

/**
 * Those that are alive and proven to be the service's. Numbers of groups and sessions come back once nobody is left in
 * them: so a number alone proves nothing, but a member that is older than the leader's end does, for all of its session,
 * because nobody joins a session later than by birth. `known`: by their pid and start, who was tied before.
 */
export function leftOvers(sightings: readonly Sighting[], lineages: readonly Lineage[], known: readonly (LeftOver & { readonly startTicks: number })[]): LeftOver[] {
  const groups = new Set(lineages.filter((lineage) => isProven(lineage, sightings)).map(({ group }) => group));
  const ties = new Map<number, Tie>();
  for (const { pid, group, session } of sightings) {
    if (groups.has(group)) ties.set(pid, "group");
    else if (groups.has(session)) ties.set(pid, "session");
  }
  for (const { pid, tie, startTicks } of known) {
    if (!ties.has(pid) && sightings.some((seen) => seen.pid === pid && seen.startTicks === startTicks)) ties.set(pid, tie);
  }
  for (let before = -1; before !== ties.size; ) {
    before = ties.size;
    for (const { pid, parent } of sightings) if (!ties.has(pid) && ties.has(parent)) ties.set(pid, "child");
  }
  return sightings.flatMap(({ pid, comm, isZombie }) => {
    const tie = ties.get(pid);
    return isZombie || tie === undefined ? [] : [{ pid, comm, tie }];
  });
}

const isProven = ({ group, isPinned, diedTicks }: Lineage, sightings: readonly Sighting[]): boolean =>
  isPinned || sightings.some(({ session, startTicks }) => session === group && startTicks < diedTicks);

/** For a fact. */
export const censusOf = (kill: boolean, found: readonly LeftOver[]): Census => ({
  kill, count: found.length, left: found.slice(0, LISTED_MAX),
});
