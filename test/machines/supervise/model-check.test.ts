import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import { deadlineOf, isClearing, stateName } from "../../../src/machines/supervise/step.ts";
import { type Edge, explore, lettersOf } from "./model.ts";

const isUp = (name: string): boolean => name.startsWith("up");
const has = (effects: readonly Effect[], type: Effect["type"]): boolean => effects.some((effect) => effect.type === type);
/** Facts that may carry who is left. */
const isCounted = (type: string): boolean => ["finish.died", "finish.absent", "child.lost", "census.taken"].includes(type);
const where = ({ before, fact }: Edge): string => `${fact.type} in ${JSON.stringify(before)}`;

/** What must hold of every step. */
const INVARIANTS: Readonly<Record<string, (edge: Edge) => boolean>> = {
  "never two children: run is started only where no process is": ({ before, effects }) =>
    !has(effects, "spawnRun") || (before.context.pid === 0 && ["fresh", "down"].includes(stateName(before))),
  "finish is started once for each death, and for nothing else": ({ before, fact, effects }) => {
    const isDeath = isUp(stateName(before)) && (fact.type === "run.died" || fact.type === "child.lost");
    return effects.filter(({ type }) => type === "spawnFinish").length === (isDeath ? 1 : 0);
  },
  "the status is written before any letter that tells of a change": ({ effects }) => {
    const letter = effects.findIndex((effect) => effect.type === "notify" && /[uUdDO]/.test(effect.letters));
    const status = effects.findIndex(({ type }) => type === "writeStatus");
    return letter < 0 || (status >= 0 && status < letter);
  },
  "nothing starts by itself while it is wanted down": ({ before, fact, effects }) =>
    fact.type !== "deadline.reached" || before.context.wantedUp || !has(effects, "spawnRun"),
  "a kill timer is armed only while a stop is pending": ({ after }) =>
    !isUp(stateName(after)) || deadlineOf(after) === null || after.context.stopping,
  "the timer that was armed last is the one that the state knows": ({ before, after, effects }) => {
    const last = effects.findLast((effect) => effect.type === "setDeadline");
    // A spawn forgets the old timer with its answer, and whoever leaves takes it along.
    if (["starting", "gone"].includes(stateName(after))) return true;
    return deadlineOf(after) === (last === undefined ? deadlineOf(before) : last.atMs);
  },
  "only a process that is there is sent a signal": ({ before, effects }) =>
    effects.every((effect) => effect.type !== "kill" || (effect.pid > 0 && before.context.pid > 0)),
  "a pipe is closed only when it is open, and no later than at death": ({ before, after, effects }) =>
    (!has(effects, "closeNotification") || before.context.notifying) && (stateName(after) !== "ending" || !after.context.notifying),
  "a death that was seen goes to the tally once, unless it is switched off": ({ before, fact, effects }) => {
    const expected = fact.type === "run.died" && isUp(stateName(before)) && fact.maxDeaths > 0 ? 1 : 0;
    return effects.filter(({ type }) => type === "recordDeath").length === expected;
  },
  "nothing happens after x": ({ before, effects }) => stateName(before) !== "gone" || effects.length === 0,
  "x is said exactly when it leaves": ({ before, after, effects }) =>
    lettersOf(effects).includes("x") === (stateName(after) === "gone" && stateName(before) !== "gone"),
  "D is not given while somebody who is to be killed is left, before the time is over": ({ fact, effects }) =>
    !/[dO]?D/.test(lettersOf(effects)) || fact.type === "deadline.reached" || fact.census?.kill !== true || fact.census.left.length === 0,
  "only who was found is killed, where that was asked for, and all of them": ({ fact, effects }) => {
    const cleared = effects.flatMap((effect) => (effect.type === "clear" ? effect.pids : []));
    const { census } = fact;
    return census?.kill !== true || fact.type === "deadline.reached" || !isCounted(fact.type)
      ? cleared.length === 0
      : cleared.join(" ") === census.left.map(({ pid }) => pid).join(" ");
  },
  "run is not started while somebody who is to be killed is left": ({ before, effects }) => !isClearing(before) || !has(effects, "spawnRun"),
  "a run that was not looked after is not waited for": ({ before, fact, after }) =>
    isClearing(before) || !isClearing(after) || fact.census?.kill === true,
  "a status that is written is the one of the state": ({ after, effects }) => {
    const written = effects.findLast((effect) => effect.type === "writeStatus");
    const { pid, wantedUp, ready, paused, finishing } = after.context;
    if (written === undefined || stateName(after) === "gone") return true;
    const { status } = written;
    return status.pid === pid && status.wantedUp === wantedUp && status.ready === ready && status.paused === paused && status.finishing === finishing;
  },
};

describe("every state that the machine can be in", () => {
  // D follows d, u follows D, O comes between: explore() itself fails on a letter that contradicts those before it.
  test("is reached, and from each every fact is possible that the world can tell", () => {
    const found = new Set<string>();
    const { states, steps } = explore(({ after }) => found.add(stateName(after)));
    expect([...found].sort()).toEqual(["clearing", "clearingFailed", "down", "ending", "finish", "gone", "starting", "up.ready", "up.unready"]);
    expect({ states, steps }).toEqual({ states: 1593, steps: 57_694 });
  });

  test.each(Object.entries(INVARIANTS))("%s", (_, holds) => {
    const broken: string[] = [];
    explore((edge) => {
      if (!holds(edge)) broken.push(where(edge));
    });
    expect(broken.slice(0, 3)).toEqual([]);
  });
});
