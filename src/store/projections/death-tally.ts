import { type Death, deathOf } from "../../formats/death-tally.ts";
import type { CheckpointRecord, JournalRecord } from "../journal-record.ts";

export const talliedBefore = ({ deaths }: CheckpointRecord): Death[] =>
  deaths.map(({ at, waitStatus }) => deathOf(at, waitStatus));

/** supervise/death_tally as the recorded orders left it, at most the last `max` deaths. */
export function rebuildTally(records: Iterable<JournalRecord>, max: number): Death[] {
  let tally: Death[] = [];
  for (const record of records) {
    if (record.kind === "checkpoint") tally = talliedBefore(record);
    if (record.kind !== "fact") continue;
    for (const effect of record.effects) {
      if (effect.type === "recordDeath") tally = [...tally, deathOf(effect.at, effect.waitStatus)].slice(-effect.keep);
    }
  }
  return max > 0 ? tally.slice(-max) : [];
}

/** Every death in the history, also those that max-death-tally kept out of the file. */
export function* deathsIn(records: Iterable<JournalRecord>): Generator<Death> {
  for (const record of records) {
    if (record.kind === "checkpoint") yield* talliedBefore(record);
    if (record.kind !== "fact") continue;
    const { fact, effects } = record;
    const tallied = effects.find((effect) => effect.type === "recordDeath");
    if (tallied !== undefined) yield deathOf(tallied.at, tallied.waitStatus);
    else if (fact.type === "run.died") yield deathOf(fact.at, fact.waitStatus);
  }
}
