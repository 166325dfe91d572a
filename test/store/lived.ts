import { type Tain, tainFromUnix } from "../../src/formats/tain.ts";
import type { Fact } from "../../src/machines/supervise/facts.ts";
import { start, stateName, step, type SuperviseState } from "../../src/machines/supervise/step.ts";
import type { FactRecord, JournalRecord } from "../../src/store/journal-record.ts";

type Told<F> = F extends Fact ? Omit<F, "at" | "ms"> : never;

/** A supervisor life of the real machine, as the actor would record it. */
export class Life {
  readonly records: JournalRecord[] = [];
  #state: SuperviseState;
  #ms = 1234.567;

  constructor() {
    const at = this.#at();
    this.#state = start({ at, ms: this.#ms, wantedUp: true });
    this.records.push({ kind: "start", at, snapshot: this.#state });
  }

  get state(): SuperviseState {
    return this.#state;
  }

  tell(...told: Told<Fact>[]): this {
    for (const facts of told) {
      this.#ms += 1000.125;
      const fact = { ...facts, at: this.#at(), ms: this.#ms } as Fact;
      const { state, effects } = step(this.#state, fact);
      this.#state = state;
      this.records.push({ kind: "fact", fact, state: stateName(state), effects });
    }
    return this;
  }

  /** run dies by SIGTERM, ./finish takes a second, run starts again. */
  crash(pid: number): this {
    return this.tell(
      { type: "run.spawned", pid, notifies: true, pidfile: false },
      { type: "run.notified" },
      { type: "run.died", waitStatus: 15, maxDeaths: 100 },
      { type: "finish.spawned", pid: pid + 1, timeoutMs: 5000 },
      { type: "finish.died", waitStatus: 0 },
      { type: "deadline.reached" },
    );
  }

  get facts(): FactRecord[] {
    return this.records.filter((record) => record.kind === "fact");
  }

  #at(): Tain {
    const seconds = 1_700_000_000 + this.#ms / 1000;
    return tainFromUnix(Math.floor(seconds), Math.round((seconds % 1) * 1e9));
  }
}

export const crashes = (count: number): Life => {
  const life = new Life().tell({ type: "supervisor.started" });
  for (let index = 0; index < count; index++) life.crash(40_000 + index * 2);
  return life;
};
