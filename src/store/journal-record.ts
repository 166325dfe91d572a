import type { Definition } from "../formats/definition.ts";
import type { ServiceStatus } from "../formats/status.ts";
import type { Tain } from "../formats/tain.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import type { TreeExit } from "../machines/scanner/effects.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import type { SuperviseState } from "../machines/supervise/step.ts";

/** What survives the journal: no functions, no classes, no undefined inside arrays. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain | undefined };

/** A fact the supervisor took, what it led to and what was ordered. */
export interface FactRecord {
  readonly kind: "fact";
  readonly fact: Fact;
  /** stateName() after the fact. */
  readonly state: string;
  readonly effects: readonly Effect[];
}

/** A supervisor life begins, or goes on in another thread, with this state: where a replay can start. */
export interface LifeRecord {
  readonly kind: "start" | "adopt";
  readonly at: Tain;
  readonly snapshot: SuperviseState;
  /** Why it goes on elsewhere. */
  readonly reason?: string;
}

/** `dropped` records between two moments could not be written. Their places are not in the numbering. */
export interface GapRecord {
  readonly kind: "gap";
  readonly at: Tain;
  readonly from: Tain;
  readonly to: Tain;
  readonly dropped: number;
}

/**
 * Stands in the place of the record at its sequence and for all before it, which were removed: a replay starts here,
 * and so do the projections.
 */
export interface CheckpointRecord {
  readonly kind: "checkpoint";
  /** Of the last record that it stands for. */
  readonly at: Tain;
  /** After that record; null when nobody knows, because something was missing before. */
  readonly snapshot: SuperviseState | null;
  /** The last that was written to supervise/status. */
  readonly status: ServiceStatus | null;
  /** What the service was at its last start. */
  readonly definition?: Definition;
  /** Oldest first: what the death tally would hold. */
  readonly deaths: readonly TalliedDeath[];
  /** Of the first record that there ever was. */
  readonly since: Tain;
  /** Records that it stands for, itself one of them. */
  readonly removed: number;
}

export interface TalliedDeath {
  readonly at: Tain;
  readonly waitStatus: WaitStatus;
}

/**
 * What is appended to the history of one service, at key [service id, sequence]; sequences without holes, from 0 or
 * from a checkpoint.
 */
export type JournalRecord = FactRecord | LifeRecord | GapRecord | CheckpointRecord;

/** The scanner's own events. */
export interface TreeEvent {
  readonly at: Tain;
  readonly type: string;
  readonly [key: string]: Plain | undefined;
}

const TREE_ENDED = "tree.ended";

/** The end of a tree with a service (exit-with). */
export const treeExitEvent = (at: Tain, { service, code, slowest }: TreeExit): TreeEvent => ({
  at, type: TREE_ENDED, service, code, slowest: slowest === null ? null : { ...slowest },
});

/** undefined for another event. */
export const treeExitIn = (event: TreeEvent): TreeExit | undefined =>
  event.type === TREE_ENDED ? (event as unknown as TreeExit) : undefined;

export const stampOf = (record: JournalRecord): Tain => (record.kind === "fact" ? record.fact.at : record.at);

/** The state that a record which is no fact begins with; null: nobody knows what holds from here on. */
export const snapshotIn = (record: Exclude<JournalRecord, FactRecord>): SuperviseState | null =>
  record.kind === "gap" ? null : record.snapshot;
