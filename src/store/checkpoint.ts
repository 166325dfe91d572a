import type { Definition } from "../formats/definition.ts";
import { restore, stateName, step, type SuperviseState } from "../machines/supervise/step.ts";
import type { ServiceStatus } from "../formats/status.ts";
import type { Tain } from "../formats/tain.ts";
import { type CheckpointRecord, type FactRecord, type JournalRecord, snapshotIn, stampOf, type TalliedDeath } from "./journal-record.ts";

/** Folds the beginning of a history into the one record that can stand for it. */
export class Checkpoint {
  #state: SuperviseState | undefined;
  #status: ServiceStatus | null = null;
  #deaths: readonly TalliedDeath[] = [];
  #definition: Definition | undefined;
  #since: Tain | undefined;
  #at: Tain | undefined;
  #removed = 0;

  take(record: JournalRecord): void {
    this.#at = stampOf(record);
    this.#since ??= record.kind === "checkpoint" ? record.since : this.#at;
    this.#removed += record.kind === "checkpoint" ? record.removed : 1;
    if (record.kind === "fact") {
      this.#state = after(this.#state, record);
      for (const effect of record.effects) this.#project(effect);
      this.#definition = record.fact.definition ?? this.#definition;
      return;
    }
    this.#state = restored(snapshotIn(record));
    if (record.kind !== "checkpoint") return;
    this.#status = record.status;
    this.#deaths = record.deaths;
    this.#definition = record.definition;
  }

  /** Something is missing, or can't be read: what state follows is not known before the next life. */
  miss(): void {
    this.#state = undefined;
    this.#removed++;
  }

  /** undefined when nothing was taken. */
  get record(): CheckpointRecord | undefined {
    if (this.#at === undefined || this.#since === undefined) return undefined;
    return {
      kind: "checkpoint",
      at: this.#at,
      snapshot: this.#state ?? null,
      status: this.#status,
      ...(this.#definition === undefined ? {} : { definition: this.#definition }),
      deaths: this.#deaths,
      since: this.#since,
      removed: this.#removed,
    };
  }

  #project(effect: FactRecord["effects"][number]): void {
    if (effect.type === "writeStatus") this.#status = effect.status;
    else if (effect.type === "recordDeath") {
      const { at, waitStatus, keep } = effect;
      this.#deaths = [...this.#deaths, { at, waitStatus }].slice(-keep);
    }
  }
}

/** undefined when the machine of today decides otherwise than what was recorded: its state is not the recorded one. */
function after(state: SuperviseState | undefined, { fact, state: recorded }: FactRecord): SuperviseState | undefined {
  if (state === undefined) return undefined;
  try {
    const next = step(state, fact).state;
    return stateName(next) === recorded ? next : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function restored(snapshot: SuperviseState | null): SuperviseState | undefined {
  try {
    return snapshot === null ? undefined : restore(snapshot);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
