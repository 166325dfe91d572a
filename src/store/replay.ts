import { type Divergence, type LivedFact, replayFrom } from "../machines/supervise/replay.ts";
import { restore, type SuperviseState } from "../machines/supervise/step.ts";
import { snapshotIn } from "./journal-record.ts";
import type { Damage, JournalReader, ReadRecord } from "./journal-reader.ts";

export type ReplayResult =
  /** skipped: facts behind a hole in the history, up to the next life. */
  | { readonly type: "same"; readonly lives: number; readonly facts: number; readonly skipped: number }
  | { readonly type: "diverged"; readonly sequence: number; readonly divergence: Divergence };

/** Lives a service's whole history again with the machine of today, life by life, up to the first difference. */
export function replayHistory(reader: JournalReader, id: number): ReplayResult {
  const reading = new Reading(reader.history(id));
  let lives = 0;
  for (let life = reading.nextLife(); life !== undefined; life = reading.nextLife()) {
    lives++;
    const divergence = replayFrom(restore(life), reading.facts());
    if (divergence !== undefined) return { type: "diverged", sequence: reading.sequence, divergence };
  }
  return { type: "same", lives, facts: reading.lived, skipped: reading.skipped };
}

/** Cuts a history into lives. A hole ends what can be replayed of a life: nobody knows which state follows it. */
class Reading {
  readonly #history: Iterator<ReadRecord | Damage>;
  #life: SuperviseState | undefined;
  sequence = 0;
  lived = 0;
  skipped = 0;

  constructor(history: Iterator<ReadRecord | Damage>) {
    this.#history = history;
  }

  /** What it begins with. */
  nextLife(): SuperviseState | undefined {
    let life = this.#life;
    this.#life = undefined;
    while (life === undefined) {
      const { done, value } = this.#history.next();
      if (done === true) return undefined;
      if (!("record" in value)) continue;
      if (value.record.kind === "fact") this.skipped++;
      else life = snapshotIn(value.record) ?? undefined;
    }
    return life;
  }

  /** The facts of this life. */
  *facts(): Generator<LivedFact> {
    for (let next = this.#history.next(); next.done !== true; next = this.#history.next()) {
      const read = next.value;
      this.sequence = read.sequence;
      if (!("record" in read)) return;
      if (read.record.kind !== "fact") {
        this.#life = snapshotIn(read.record) ?? undefined;
        return;
      }
      this.lived++;
      const { fact, state, effects } = read.record;
      yield { fact, state, effects };
    }
  }
}
