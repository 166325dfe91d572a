import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type LivedFact, replayFrom } from "../../src/machines/supervise/replay.ts";
import { restore } from "../../src/machines/supervise/step.ts";
import type { JournalRecord } from "../../src/store/journal-record.ts";
import { reference } from "../machines/supervise/reference.ts";

/** Recorded from real runs by `s6-replay --export`, named by what happened; never edited to make a test pass. */
const NAMES = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".jsonl"));

function livesOf(name: string): { saved: Parameters<typeof restore>[0]; facts: LivedFact[] }[] {
  const lives: ReturnType<typeof livesOf> = [];
  for (const line of readFileSync(join(import.meta.dirname, name), "utf8").trimEnd().split("\n")) {
    const record = JSON.parse(line) as JournalRecord;
    if (record.kind === "fact") lives.at(-1)?.facts.push(record);
    else if (record.kind === "gap" || record.kind === "checkpoint") throw new Error(`${name} is not whole`);
    else lives.push({ saved: record.snapshot, facts: [] });
  }
  return lives;
}

describe.each(NAMES)("the history %s", (name) => {
  test("leads through the recorded states with the recorded effects", () => {
    const lives = livesOf(name);
    expect(lives.flatMap(({ facts }) => facts).length).toBeGreaterThan(2);
    for (const { saved, facts } of lives) expect(replayFrom(restore(saved), facts)).toBeUndefined();
  });

  test("is what xstate itself makes of the machine", () => {
    for (const { saved, facts } of livesOf(name)) {
      let state = restore(saved);
      for (const { fact, effects, state: expected } of facts) {
        const next = reference(state, fact);
        expect({ state: next.state.state, effects: next.effects }).toEqual({ state: expected, effects });
        ({ state } = next);
      }
    }
  });

  test("is told from one in which a single effect is missing, at the fact where it is missing", () => {
    const [life] = livesOf(name);
    if (life === undefined) throw new Error("no life");
    const index = life.facts.findLastIndex(({ effects }) => effects.length > 0);
    const altered = life.facts.map((fact, at) => (at === index ? { ...fact, effects: fact.effects.slice(1) } : fact));
    expect(replayFrom(restore(life.saved), altered)).toMatchObject({ index });
  });
});

test("every kind of history that the semantics turn on is there", () => {
  expect(NAMES).toHaveLength(13);
});
