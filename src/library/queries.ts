import type { Tain } from "../formats/tain.ts";
import { type Phase, type Span, spansOf } from "../history/phases.ts";
import { type Kind, KINDS, type Transition, transitionsOf } from "../history/transitions.ts";
import { type JournalRecord, stampOf } from "../store/journal-record.ts";
import type { HistoryOf } from "./histories.ts";

/** Which transitions. What is not set does not choose. */
export interface Choice {
  /** Only the last so many. */
  readonly last?: number | undefined;
  readonly since?: Tain | undefined;
  readonly until?: Tain | undefined;
  readonly kinds?: ReadonlySet<Kind> | undefined;
}

/** A transition is told by at most so many records; what comes before tells how long things had lasted. */
const RECORDS_PER_TRANSITION = 4;
const RECORDS_BEFORE = 40;

/** As they are read, whatever `last` says; a few of the last ones are read from behind. */
export function* eachTransition({ reader, id }: HistoryOf, { last = Number.POSITIVE_INFINITY, since, until, kinds }: Choice): Generator<Transition> {
  const isAnyKind = kinds === undefined || kinds.size === KINDS.length;
  const isShort = Number.isFinite(last) && since === undefined && until === undefined && isAnyKind;
  const from = since === undefined ? 0 : Math.max(0, reader.firstSince(id, since) - RECORDS_BEFORE);
  const records = isShort ? reader.newest(id, last * RECORDS_PER_TRANSITION + RECORDS_BEFORE) : reader.records(id, { from });
  for (const told of transitionsOf(records)) {
    const { at, kind } = told;
    if ((isAnyKind || kinds.has(kind)) && (since === undefined || at >= since) && (until === undefined || at <= until)) yield told;
  }
}

export function chosenTransitions(history: HistoryOf, choice: Choice): Transition[] {
  const found = [...eachTransition(history, choice)];
  const { last = found.length } = choice;
  return found.slice(found.length - Math.min(last, found.length));
}

export interface StateAt {
  readonly phase: Phase;
  /** As the machine calls it. */
  readonly state: string;
  readonly pid: number | null;
  readonly since: Tain;
}

/** undefined: it was not known yet. */
export function stateAt(history: HistoryOf, at: Tain): StateAt | undefined {
  const past = spansUntil(history, at).at(-1);
  return past === undefined ? undefined : { phase: past.phase, state: past.state, pid: past.pid, since: past.from };
}

/** What the service was, from its first record up to that moment. */
export const spansUntil = ({ reader, id }: HistoryOf, at: Tain): Span[] => spansOf(recordsUntil(reader.records(id), at), at);

function* recordsUntil(records: Iterable<JournalRecord>, at: Tain): Generator<JournalRecord> {
  for (const record of records) {
    if (stampOf(record) > at) return;
    yield record;
  }
}
