import type { Tain } from "../formats/tain.ts";
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
}

/** `dropped` records between two moments could not be written. Their places are not in the numbering. */
export interface GapRecord {
  readonly kind: "gap";
  readonly at: Tain;
  readonly from: Tain;
  readonly to: Tain;
  readonly dropped: number;
}

/** What is appended to the history of one service, at key [service id, sequence]; sequences from 0 without holes. */
export type JournalRecord = FactRecord | LifeRecord | GapRecord;

/** The scanner's own events: tree started, service appeared, worker died … */
export interface TreeEvent {
  readonly at: Tain;
  readonly type: string;
  readonly [key: string]: Plain | undefined;
}

export const stampOf = (record: JournalRecord): Tain => (record.kind === "fact" ? record.fact.at : record.at);
