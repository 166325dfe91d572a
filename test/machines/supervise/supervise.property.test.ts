import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { encodeStatus } from "../../../src/formats/status.ts";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import { replay } from "../../../src/machines/supervise/replay.ts";
import {
  deadlineOf, restore, start, STATE_NAMES, stateName, statusOf, step,
} from "../../../src/machines/supervise/step.ts";
import { anyLife, type Life } from "./life.ts";
import { reference, referenceStart } from "./reference.ts";

/** The longest text that a ledger slot holds. */
const LEDGER_BYTES = 480;

const of = <T extends Effect["type"]>(effects: readonly Effect[], type: T): Extract<Effect, { type: T }>[] =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
const letters = ({ facts }: Life): string =>
  facts.flatMap(({ effects }) => of(effects, "notify").map((effect) => effect.letters)).join("");

test("lives lead through every state", () => {
  const seen = new Set(fc.sample(anyLife, { numRuns: 200, seed: 1 }).flatMap(({ facts }) =>
    facts.flatMap(({ before, after }) => [stateName(before), stateName(after)])));
  expect([...seen].sort()).toEqual([...STATE_NAMES].sort());
});

test.prop([anyLife])("a process is recorded exactly while there is one", ({ facts }) => {
  for (const { after } of facts) {
    const { pid, finishing, ready } = statusOf(after);
    const name = stateName(after);
    if (name === "down") expect({ pid, finishing, ready }).toEqual({ pid: 0, finishing: false, ready: true });
    if (name === "finish") expect({ finishing, ready }).toEqual({ finishing: true, ready: false });
    if (name === "up.ready" || name === "up.unready") {
      expect({ finishing, ready }).toEqual({ finishing: false, ready: name === "up.ready" });
    }
    if (name.startsWith("up") || name === "finish") expect(pid).toBeGreaterThan(0);
  }
});

test.prop([anyLife])("a written status is the one of the state that the fact leads to", ({ facts }) => {
  for (const { effects, after } of facts) {
    for (const { status } of of(effects, "writeStatus")) expect(status).toEqual(statusOf(after));
  }
});

test.prop([anyLife])("what the status file says is true whenever nobody is waited for", ({ facts }) => {
  let onDisk = "";
  for (const { effects, after } of facts) {
    for (const { status } of of(effects, "writeStatus")) onDisk = encodeStatus(status).join();
    if (!["starting", "ending"].includes(stateName(after))) expect(encodeStatus(statusOf(after)).join()).toBe(onDisk);
  }
});

test.prop([anyLife])("the status is on disk before the letter, except for x, which changes none", ({ facts }) => {
  for (const { effects } of facts) {
    const kinds = effects.map((effect) => (effect.type === "notify" ? effect.letters : effect.type));
    const letter = kinds.findIndex((kind) => ["s", "u", "U", "d", "D", "dD", "OD"].includes(kind));
    if (letter >= 0) expect(kinds.slice(0, letter)).toContain("writeStatus");
    if (letter >= 0) expect(kinds.slice(letter)).not.toContain("writeStatus");
  }
});

test.prop([anyLife])("only the recorded process and its group are ever hit", ({ facts }) => {
  for (const { before, effects } of facts) {
    for (const { target, pid } of of(effects, "kill")) {
      expect(["up.unready", "up.ready", "finish"]).toContain(stateName(before));
      expect(pid).toBe(target === "process" ? before.context.pid : before.context.pgid);
      expect(pid).toBeGreaterThan(0);
    }
  }
});

test.prop([anyLife])("letters come in the order that listeners rely on", (life) => {
  expect(letters(life)).toMatch(/^s(uU?d(O?D))*(u(U?(d(O?D)?)?)?)?x?$/);
});

test.prop([anyLife])("nothing is spawned while something lives", ({ facts }) => {
  let living = 0;
  for (const { fact, effects } of facts) {
    if (fact.type === "run.spawned" || fact.type === "finish.spawned") living++;
    if (fact.type === "run.died" || fact.type === "finish.died" || fact.type === "child.lost") living--;
    expect([0, 1]).toContain(living);
    const spawns = effects.filter(({ type }) => type === "spawnRun" || type === "spawnFinish");
    expect(spawns.length).toBeLessThanOrEqual(living === 0 ? 1 : 0);
    if (spawns.length > 0) expect(effects.at(-1)).toBe(spawns[0]); // its answer must find all the rest done
  }
});

test.prop([anyLife])("nothing is restarted by itself when it is wanted down, or not due", ({ facts }) => {
  for (const { before, fact, effects } of facts) {
    if (of(effects, "spawnRun").length === 0 || fact.type.startsWith("control.")) continue;
    expect(before.context.wantedUp).toBe(true);
    if (fact.type !== "supervisor.started") expect(fact.ms).toBeGreaterThanOrEqual(deadlineOf(before) ?? Number.NaN);
  }
});

test.prop([anyLife])("x and exit come once, together, last; and then nothing", ({ facts }) => {
  const ended = facts.findIndex(({ after }) => stateName(after) === "gone");
  for (const [index, { effects, after }] of facts.entries()) {
    if (index === ended) expect(effects.slice(-2)).toEqual([{ type: "notify", letters: "x" }, { type: "exit" }]);
    else expect(effects).not.toContainEqual({ type: "exit" });
    if (ended >= 0 && index > ended) expect(effects).toEqual([]);
    if (ended >= 0 && index >= ended) expect(deadlineOf(after)).toBeNull();
  }
});

test.prop([anyLife])("the timer that the shell holds is the one that the state has", ({ facts }) => {
  let armed: number | null = null;
  for (const { effects, after } of facts) {
    for (const { atMs } of of(effects, "setDeadline")) armed = atMs;
    // The shell drops its timer at exit, and while a spawn is awaited nothing can fire.
    if (!["gone", "starting"].includes(stateName(after))) expect(armed).toBe(deadlineOf(after));
  }
});

test.prop([anyLife])("every death that was seen is in the tally, unless that is off", ({ facts }) => {
  for (const { before, fact, effects } of facts) {
    const died = fact.type === "run.died" && stateName(before).startsWith("up") ? fact : undefined;
    const expected = died === undefined || died.maxDeaths === 0 ? [] : [
      { type: "recordDeath", at: died.at, waitStatus: died.waitStatus, keep: died.maxDeaths },
    ];
    expect(of(effects, "recordDeath")).toEqual(expected);
  }
});

test.prop([anyLife])("an open notification pipe is closed once, at the latest at death", ({ facts }) => {
  let open = false;
  for (const { fact, effects, after } of facts) {
    if (fact.type === "run.spawned") open = fact.notifies;
    const closed = of(effects, "closeNotification").length;
    expect(closed).toBeLessThanOrEqual(open ? 1 : 0);
    if (closed > 0) open = false;
    if (stateName(after) === "ending") expect(open).toBe(false);
  }
});

test.prop([anyLife, fc.nat(80)])("from a saved state the future is the same", ({ facts }, cut) => {
  const [first] = facts.slice(cut);
  if (first === undefined) return;
  let state = restore(JSON.parse(JSON.stringify(first.before)));
  for (const { fact, effects, after } of facts.slice(cut)) {
    const lived = step(state, fact);
    expect(lived.effects).toEqual(effects);
    expect(lived.state).toEqual(after);
    state = lived.state;
  }
});

test.prop([anyLife])("a saved state fits the ledger", ({ facts }) => {
  for (const { after } of facts) {
    const longest = { ...after, context: { ...after.context, pid: 4194304, pgid: 4194304, deadlineMs: 1e9 + 1 / 3, restartNotBeforeMs: 1e9 + 1 / 3 } };
    expect(JSON.stringify(longest).length).toBeLessThan(LEDGER_BYTES);
  }
});

test.prop([anyLife], { numRuns: 50 })("the table decides as xstate does", ({ input, facts }) => {
  expect(start(input)).toEqual(referenceStart(input));
  for (const { before, fact, effects, after } of facts) {
    if (stateName(before) !== "gone") expect({ state: after, effects }).toEqual(reference(before, fact));
  }
});

test.prop([anyLife])("a recorded life replays", ({ input, facts }) => {
  const records = facts.map(({ fact, effects, after }) => ({ fact, state: stateName(after), effects }));
  expect(replay(input, records)).toBeUndefined();
  expect(replay(input, JSON.parse(JSON.stringify(records)))).toBeUndefined();
});
