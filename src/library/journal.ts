import { tainFromUnix, tainToUnix, type Tain } from "../formats/tain.ts";
import type { Death } from "../formats/death-tally.ts";
import { lastState } from "../history/last-state.ts";
import type { Span } from "../history/phases.ts";
import { type Stats, statsOf } from "../history/stats.ts";
import { parseMoment } from "../history/time-spec.ts";
import { type Kind, type Transition, transitionsOf } from "../history/transitions.ts";
import { type Why, whyOf } from "../history/why.ts";
import type { JournalRecord } from "../store/journal-record.ts";
import { replayHistory, type ReplayResult } from "../store/replay.ts";
import { byTime, follow, type Followed } from "./follow.ts";
import { historiesAt, type HistoryOf, Readers } from "./histories.ts";
import { type Choice, chosenTransitions, eachTransition, spansUntil, type StateAt, stateAt } from "./queries.ts";
import { type Difference, differencesOf } from "./verify.ts";

/** A Date, or a text as the programs take it: `@` and TAI64N, ISO 8601, or how long ago (`90s`, `2h`, `1d12h`). */
export type Moment = Date | string;

export interface Selection {
  /** Only the last so many. */
  readonly last?: number;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly kinds?: readonly Kind[];
}

/**
 * Opens the journal that a path leads to, read-only, while the tree runs and while it does not: a service directory means
 * its service, a scan directory or a journal all services. Each call on it sees what is committed at that moment.
 *
 * @throws JournalError with a `code`: ENOENT no journal, EACCES …
 */
export const openJournal = (path: string): Journal => {
  const readers = new Readers();
  return new Journal(historiesAt(path, readers), readers);
};

export class Journal {
  readonly services: readonly ServiceHistory[];
  readonly #histories: readonly HistoryOf[];
  readonly #readers: Readers;

  constructor(histories: readonly HistoryOf[], readers: Readers) {
    this.services = histories.map((history) => new ServiceHistory(history));
    this.#histories = histories;
    this.#readers = readers;
  }

  /** By name: `foo`, or `foo/log` for a logger. */
  service(name: string): ServiceHistory | undefined {
    return this.services.find((service) => service.name === name);
  }

  /** Of all services, in the order of time. `last` counts for each service. */
  transitions(selection: Selection = {}): Followed[] {
    const all = this.services.flatMap((service) => service.transitions(selection).map((told) => ({ service: service.name, ...told })));
    return all.sort(byTime);
  }

  /** New transitions of all services as they are committed, until `signal` aborts or the loop is left. Woken by the kernel. */
  async *follow(selection: Pick<Selection, "kinds"> = {}, signal?: AbortSignal): AsyncGenerator<Followed, void, undefined> {
    let waiting: Followed[] = [];
    let wake: (() => void) | undefined;
    const awake = (): void => wake?.();
    const stop = follow(this.#histories, choiceOf(selection), (fresh) => {
      waiting.push(...fresh);
      awake();
    });
    const isOver = (): boolean => signal?.aborted === true;
    signal?.addEventListener("abort", awake);
    try {
      while (!isOver()) {
        const fresh = waiting;
        waiting = [];
        yield* fresh;
        if (waiting.length === 0 && !isOver()) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", awake);
      stop();
    }
  }

  /** Lets go of the files. Nothing may be asked afterwards. */
  close(): Promise<void> {
    return this.#readers.close();
  }
}

export class ServiceHistory {
  readonly name: string;
  /** undefined when its directory is gone. */
  readonly directory: string | undefined;
  readonly #history: HistoryOf;

  constructor(history: HistoryOf) {
    this.name = history.name;
    this.directory = history.servicedir;
    this.#history = history;
  }

  /** What happened, and why, oldest first. */
  transitions(selection: Selection = {}): Transition[] {
    return chosenTransitions(this.#history, choiceOf(selection));
  }

  /** How often, how long, how reliable. */
  stats({ since, until }: Pick<Selection, "since" | "until"> = {}): Stats {
    const choice = choiceOf({ ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) });
    return statsOf(eachTransition(this.#history, choice), choice.until ?? now());
  }

  /** What it was at that moment; undefined when nothing is recorded before. */
  at(moment: Moment): StateAt | undefined {
    return stateAt(this.#history, tainOf(moment));
  }

  /** What it was, over time, without holes: what a timeline shows. */
  spans(until?: Moment): Span[] {
    return spansUntil(this.#history, until === undefined ? now() : tainOf(until));
  }

  /** Deaths whose status was seen, oldest first, also those that the death tally has dropped. */
  deaths(): Death[] {
    const { reader, id } = this.#history;
    return reader.deaths(id);
  }

  /** Why it is as it is, and why it last died. */
  why(): Why {
    const { reader, id } = this.#history;
    const monotonicMs = Number(process.hrtime.bigint()) / 1e6;
    return whyOf([...transitionsOf(reader.records(id))], lastState(reader.records(id)), now(), monotonicMs);
  }

  /** Lives the history again with the machine of this version. */
  replay(): ReplayResult {
    const { reader, id } = this.#history;
    return replayHistory(reader.history(id));
  }

  /** Where supervise/status or supervise/death_tally say something else than the journal. */
  verify(): Difference[] {
    return differencesOf(this.#history);
  }

  /** What is recorded: each fact with the state that it led to and the effects that were ordered. */
  records(): Generator<JournalRecord> {
    const { reader, id } = this.#history;
    return reader.records(id);
  }
}

function now(): Tain {
  const ms = Date.now();
  return tainFromUnix(Math.floor(ms / 1000), (ms % 1000) * 1e6);
}

/** @throws RangeError for a text that is no moment */
function tainOf(moment: Moment): Tain {
  const seconds = Date.now() / 1000;
  const at = typeof moment === "string" ? parseMoment(moment, seconds) : tainFromUnix(Math.floor(moment.getTime() / 1000), (moment.getTime() % 1000) * 1e6);
  if (at === undefined) throw new RangeError(`invalid time: ${String(moment)}`);
  return at;
}

const choiceOf = ({ last, since, until, kinds }: Selection): Choice => ({
  last,
  since: since === undefined ? undefined : tainOf(since),
  until: until === undefined ? undefined : tainOf(until),
  kinds: kinds === undefined ? undefined : new Set(kinds),
});

/** A stamp of the journal as a Date, which keeps its milliseconds. */
export const toDate = (stamp: Tain): Date => new Date(tainToUnix(stamp) * 1000);
