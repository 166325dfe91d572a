import { describe, expect, test } from "vitest";
import { type Census, censusOf, leftOvers, type LeftOver, type Lineage, LISTED_MAX } from "../../../src/machines/supervise/census.ts";
import type { Sighting } from "../../../src/formats/sighting.ts";
import { exitStatus } from "../../../src/formats/wait-status.ts";
import { restore, statusOf } from "../../../src/machines/supervise/step.ts";
import { due, finishDied, finishSpawned, type Happening, killed, line, next, spawned, tell, where } from "./story.ts";

const one: LeftOver = { pid: 7, comm: "sleep", tie: "group" };
const two: LeftOver = { pid: 8, comm: "sh", tie: "child" };
const died = (census: Census): Happening => ({ ...finishDied, census }) as Happening;
const failed = (census: Census): Happening => ({ type: "finish.died", waitStatus: exitStatus(125), census });
const taken = (...left: readonly LeftOver[]): Happening => ({ type: "census.taken", census: censusOf(true, left) });
const finishing = tell(spawned, killed, finishSpawned).state;
const waiting = next(finishing, 4000, died(censusOf(true, [one, two])));

describe("who is only counted", () => {
  test.for([[], [one, two]])("changes nothing: %j", (left) => {
    const chapter = next(finishing, 4000, died(censusOf(false, left)));
    expect([where(chapter), line(chapter)]).toEqual(["down", line(next(finishing, 4000, finishDied))]);
  });
  test("nor does it when there is no finish", () => {
    const { state } = tell(spawned, killed);
    expect(line(next(state, 4000, { type: "finish.absent", census: censusOf(false, [one]) }))).toBe(line(next(state, 4000, { type: "finish.absent" })));
  });
});

describe("who is to be killed", () => {
  test("is, before D; for others finish still runs", () => {
    expect([where(waiting), line(waiting)]).toEqual(["clearing", "deadline 14000 · status wanted finishing · clear 7 8"]);
    expect(statusOf(waiting.state).pid).toBe(43);
  });
  test("again, as long as there is somebody; the time limit stays", () => {
    const again = next(waiting.state, 5000, taken(two));
    expect([where(again), line(again)]).toEqual(["clearing", "clear 8"]);
    const done = next(again.state, 6000, taken());
    expect([where(done), line(done)]).toEqual(["down", "deadline 7000 · status wanted ready · D"]);
  });
  test("where there is nobody, nothing is waited for", () => {
    const chapter = next(finishing, 4000, died(censusOf(true, [])));
    expect([where(chapter), line(chapter)]).toEqual(["down", "deadline 5000 · status wanted ready · D"]);
  });
  test("after a finish that failed for good: O comes with D, and a later command counts", () => {
    const chapter = next(finishing, 4000, failed(censusOf(true, [one])));
    expect([where(chapter), line(chapter)]).toEqual(["clearingFailed", "deadline 14000 · status finishing · clear 7"]);
    expect(line(next(chapter.state, 5000, taken()))).toBe("deadline never · status ready · OD");
    const { state } = next(chapter.state, 4500, { type: "control.up" });
    expect(line(next(state, 5000, taken()))).toBe("deadline 6000 · status wanted ready · OD");
  });
  test("without a finish: d first, D when they are gone", () => {
    const chapter = next(tell(spawned, killed).state, 4000, { type: "finish.absent", census: censusOf(true, [one]) });
    expect([where(chapter), line(chapter)]).toEqual(["clearing", "deadline 14000 · status wanted finishing · d · clear 7"]);
    expect(line(next(chapter.state, 5000, taken()))).toBe("deadline 6000 · status wanted ready · D");
  });
  test("and can't be: a warning, and the service goes on", () => {
    const chapter = next(waiting.state, 14_000, { ...due, census: censusOf(true, [two]) } as Happening);
    expect([where(chapter), line(chapter)]).toEqual(["down", "warn · deadline 15000 · status wanted ready · D"]);
    expect(chapter.effects[0]).toEqual({ type: "warn", text: "left-over processes can't be killed, going on without: 8 (sh)" });
  });
  test("a supervisor that leaves waits for them, but not when it is told to go at once", () => {
    const leaving = next(waiting.state, 4500, { type: "control.exit" });
    expect([where(leaving), line(leaving)]).toEqual(["last clearing", "null"]);
    expect(line(next(leaving.state, 5000, taken()))).toBe("deadline never · status wanted ready · D · x · exit");
    for (const type of ["signal.quit", "signal.int"] as const) expect(line(next(waiting.state, 5000, { type }))).toBe("x · exit");
  });
  test("a state that was saved meanwhile goes on", () => {
    const saved = JSON.parse(JSON.stringify(waiting.state)) as typeof waiting.state;
    expect(JSON.stringify(saved).length).toBeLessThan(480);
    expect(line(next(restore(saved), 5000, taken(one)))).toBe("clear 7");
  });
});

describe("whose a process is", () => {
  const sight = (pid: number, more: Partial<Sighting> = {}): Sighting =>
    ({ pid, comm: `c${pid}`, parent: 1, group: 100, session: 100, startTicks: 50, isZombie: false, ...more });
  const run: Lineage = { group: 100, isPinned: true, diedTicks: 90 };
  const loose: Lineage = { ...run, isPinned: false };
  const tied = (sightings: readonly Sighting[], lineage = run): string => leftOvers(sightings, [lineage], []).map(({ pid, tie }) => `${pid} ${tie}`).join(", ");

  test("group, session, and children of these that made themselves sessions, to any depth", () => {
    expect(tied([
      sight(3, { parent: 4, group: 3, session: 3 }), sight(1), sight(2, { group: 2 }), sight(4, { parent: 1, group: 4, session: 4 }), sight(5, { parent: 6, group: 5, session: 5 }),
    ])).toBe("3 child, 1 group, 2 session, 4 child");
  });
  test("a zombie is not there, but is somebody's parent, and older than the end of run", () => {
    expect(tied([sight(1, { isZombie: true }), sight(2, { startTicks: 95 })], loose)).toBe("2 group");
  });
  test("who is younger than the end of run is nobody's, unless the group is known to be the same, or a member is older", () => {
    const young = sight(1, { startTicks: 90 });
    expect(tied([young], loose)).toBe("");
    expect(tied([young], run)).toBe("1 group");
    expect(tied([young, sight(2, { group: 2, startTicks: 89 })], loose)).toBe("1 group, 2 session");
  });
  test("an old process in a group of that number, of another session, proves nothing", () => {
    expect(tied([sight(1, { session: 77 })], loose)).toBe("");
  });
  test("who was known before is known still, by its start", () => {
    const known = { pid: 5, comm: "c5", tie: "child" as const, startTicks: 50 };
    const stranger = sight(5, { group: 5, session: 5 });
    expect(leftOvers([stranger], [run], [known])).toEqual([{ pid: 5, comm: "c5", tie: "child" }]);
    expect(leftOvers([{ ...stranger, startTicks: 51 }], [run], [known])).toEqual([]);
  });
  test("a record lists so many, and counts all", () => {
    const crowd = leftOvers(Array.from({ length: 100 }, (_, pid) => sight(pid + 200)), [run], []);
    expect([censusOf(true, crowd).count, censusOf(true, crowd).left.length]).toEqual([100, LISTED_MAX]);
  });
});
