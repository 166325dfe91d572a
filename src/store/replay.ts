import type { Tain } from "../formats/tain.ts";
import { type Divergence, type LivedFact, replayFrom } from "../machines/supervise/replay.ts";
import { restore, stateName, type SuperviseState } from "../machines/supervise/step.ts";
import type { Damage, ReadRecord } from "./journal-reader.ts";
import { type FactRecord, snapshotIn } from "./journal-record.ts";

/** What a history came to. `facts` agree; `skipped` stand behind a hole, up to the next life: nobody knows from which state. */
interface Lived {
  readonly lives: number;
  readonly facts: number;
  readonly skipped: number;
  /** Places where records are missing, damaged or were never written. */
  readonly holes: number;
}

export type ReplayResult =
  | (Lived & { readonly type: "same" })
  | (Lived & { readonly type: "diverged"; readonly found: Found });

/** The first record that comes out otherwise. */
export interface Found {
  readonly sequence: number;
  readonly at: Tain;
  /** Before the fact, by the machine of today; as it was recorded for a life that can't begin. */
  readonly state: string;
  /** The last facts before it, oldest first. */
  readonly before: readonly FactRecord[];
  readonly divergence: Divergence;
}

const FACTS_BEFORE = 5;

/**
 * Lives a whole history again with the machine of today, life by life, up to the first difference.
 * @throws TypeError for a life that begins in a state which the machine of today does not have
 */
export function replayHistory(history: Iterable<ReadRecord | Damage>): ReplayResult {
  const reading = new Reading(history);
  for (let life = reading.nextLife(); life !== undefined; life = reading.nextLife()) {
    const divergence = replayFrom(restore(life), reading.facts());
    if (divergence === undefined) continue;
    const { sequence, before, lived } = reading;
    const state = before.at(-1)?.state ?? stateName(life);
    const found: Found = { sequence, at: divergence.fact.at, state, before, divergence };
    return { type: "diverged", ...lived, facts: lived.facts - 1, found };
  }
  return { type: "same", ...reading.lived };
}

/** Life by life, what it begins with and its facts, which must be taken before the next life is asked for. */
export function* livesOf(history: Iterable<ReadRecord | Damage>): Generator<{ readonly state: SuperviseState; readonly facts: Iterable<LivedFact> }> {
  const reading = new Reading(history);
  for (let life = reading.nextLife(); life !== undefined; life = reading.nextLife()) yield { state: restore(life), facts: reading.facts() };
}

/** Cuts a history into lives. A hole ends what can be replayed of a life: nobody knows which state follows it. */
class Reading {
  readonly #history: Iterator<ReadRecord | Damage>;
  #life: SuperviseState | undefined;
  #recent: FactRecord[] = [];
  readonly #counts = { lives: 0, facts: 0, skipped: 0, holes: 0 };
  sequence = 0;

  constructor(history: Iterable<ReadRecord | Damage>) {
    this.#history = history[Symbol.iterator]();
  }

  get lived(): Lived {
    return { ...this.#counts };
  }

  /** The facts before the last one that was handed out. */
  get before(): readonly FactRecord[] {
    return this.#recent.slice(0, -1);
  }

  /** What it begins with. */
  nextLife(): SuperviseState | undefined {
    while (this.#life === undefined) {
      const next = this.#next();
      if (next === undefined) return undefined;
      if (next !== "hole" && "kind" in next) this.#counts.skipped++;
      else this.#begin(next);
    }
    const life = this.#life;
    this.#life = undefined;
    this.#recent = [];
    this.#counts.lives++;
    return life;
  }

  /** The facts of this life. */
  *facts(): Generator<LivedFact> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next === "hole" || !("kind" in next)) {
        this.#begin(next);
        return;
      }
      this.#counts.facts++;
      this.#recent.push(next);
      if (this.#recent.length > FACTS_BEFORE + 1) this.#recent.shift();
      const { fact, state, effects } = next;
      yield { fact, state, effects };
    }
  }

  #begin(next: SuperviseState | "hole"): void {
    if (next === "hole") this.#counts.holes++;
    else this.#life = next;
  }

  #next(): FactRecord | SuperviseState | "hole" | undefined {
    const { done, value } = this.#history.next();
    if (done === true) return undefined;
    this.sequence = value.sequence;
    if (!("record" in value)) return "hole";
    return value.record.kind === "fact" ? value.record : (snapshotIn(value.record) ?? "hole");
  }
}
