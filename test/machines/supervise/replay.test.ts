import { describe, expect, test } from "vitest";
import { type LivedFact, replay, replayFrom } from "../../../src/machines/supervise/replay.ts";
import { restore, start, stateName, step } from "../../../src/machines/supervise/step.ts";
import { downThenKill, due, factAt, finishDied, finishSpawned, killed, notified, spawned, stampAt, started } from "./story.ts";

const input = { at: stampAt(0), ms: 0, wantedUp: true };
const story = [started, spawned, notified, downThenKill, due, killed, finishSpawned, finishDied];

function live(): LivedFact[] {
  let state = start(input);
  return story.map((happening, index) => {
    const fact = factAt(index * 1000, happening);
    const lived = step(state, fact);
    state = lived.state;
    return { fact, state: stateName(state), effects: lived.effects };
  });
}
const altered = (index: number, change: Partial<LivedFact>): LivedFact[] =>
  live().map((record, at) => (at === index ? { ...record, ...change } : record));

describe("replay", () => {
  test("of a true history finds nothing", () => {
    expect(replay(input, live())).toBeUndefined();
    expect(replay(input, [])).toBeUndefined();
  });
  test("tells the first record that leads elsewhere", () => {
    expect(replay(input, altered(2, { state: "down" }))).toMatchObject({
      index: 2, fact: { type: "run.notified" }, expected: { state: "down" }, actual: { state: "up.ready" },
    });
  });
  test("tells the first record whose effects differ, in kind, in number, in order or in a detail", () => {
    const [, up] = live();
    const effects = up?.effects ?? [];
    expect(effects.length).toBe(3);
    for (const other of [effects.slice(1), [...effects].reverse(), [...effects, { type: "exit" } as const],
      [...effects.slice(0, 2), { type: "notify", letters: "U" } as const]]) {
      expect(replay(input, altered(1, { effects: other }))).toMatchObject({ index: 1, expected: { effects: other }, actual: { effects } });
    }
  });
  test("notices that another beginning was lived", () => {
    expect(replay({ ...input, wantedUp: false }, live())).toMatchObject({ index: 0, actual: { state: "down" } });
  });
  test("tells a fact that the machine refuses", () => {
    const gap = live().filter(({ fact }) => fact.type !== "run.died");
    expect(replay(input, gap)).toMatchObject({
      index: 5, fact: { type: "finish.spawned" }, actual: { refused: "finish.spawned in state up.ready" },
    });
  });
  test("does not mind in which order a codec gives the keys back", () => {
    const turned = live().map(({ fact, state, effects }) => ({
      fact, state, effects: effects.map((effect) => Object.fromEntries(Object.entries(effect).reverse()) as typeof effect),
    }));
    expect(replay(input, turned)).toBeUndefined();
  });
  test("goes on from the middle, given the state there", () => {
    const { state } = step(start(input), factAt(0, started));
    expect(replayFrom(restore(state), live().slice(1))).toBeUndefined();
    expect(replayFrom(restore(state), live().slice(2))).toMatchObject({ index: 0, actual: { refused: expect.any(String) } });
  });
});
