import { describe, expect, test } from "vitest";
import { censusOf } from "../../../src/machines/supervise/census.ts";
import type { FactType } from "../../../src/machines/supervise/facts.ts";
import { awaitsFork, phaseOf, restore, statusOf, wants } from "../../../src/machines/supervise/step.ts";
import {
  down, downThenKill, due, finishDied, finishSpawned, type Happening, killed, line, next, notified, spawned, stampAt, tell, where,
} from "./story.ts";

const parent = (notifies: boolean): Happening => ({ type: "run.spawned", pid: 42, notifies, pidfile: true });
const forked: Happening = { type: "run.forked", pid: 77 };

describe("a run with a pidfile", () => {
  test("hands over to its child: new pid, same time of change", () => {
    const chapter = tell(parent(false), forked);
    expect([where(chapter), line(chapter)]).toEqual(["up.unready", "status wanted"]);
    expect(statusOf(chapter.state)).toMatchObject({ pid: 77, changedAt: stampAt(1000), readyAt: stampAt(0) });
  });
  test("is ready when its parent has gone, if it has a notification-fd", () => {
    const chapter = tell(parent(true), forked);
    expect([where(chapter), line(chapter)]).toEqual(["up.ready", "status wanted ready · U · close"]);
    expect(statusOf(chapter.state)).toMatchObject({ pid: 77, readyAt: stampAt(2000) });
    const dead = next(next(chapter.state, 9000, killed).state, 9001, { type: "finish.absent" });
    expect(dead.state.context.deadlineMs).toBe(3000);
  });
  test("is so even when nobody holds the notification pipe any more", () => {
    expect(line(tell(parent(true), { type: "notification.closed" }, forked))).toBe("status wanted ready · U");
  });
  test("is not made ready twice", () => {
    const chapter = tell(parent(true), notified, forked);
    expect([where(chapter), line(chapter)]).toEqual(["up.ready", "status wanted ready"]);
    expect(statusOf(chapter.state)).toMatchObject({ pid: 77, readyAt: stampAt(2000) });
  });
  test("gets its signals at the child, and at the child's group", () => {
    const own = tell(parent(false), forked);
    expect(line(next(own.state, 5000, { type: "control.pauseGroup" }))).toMatch(/^kill -77 STOP/);
    const inherited = tell(parent(false), { type: "run.forked", pid: 77, pgid: 42 });
    expect(line(next(inherited.state, 5000, { type: "control.pause" }))).toMatch(/^kill 77 STOP/);
    expect(line(next(inherited.state, 5000, { type: "control.pauseGroup" }))).toMatch(/^kill -42 STOP/);
    expect(line(next(inherited.state, 5000, killed))).toMatch(/finish 256 9 42$/);
  });
  test("keeps its kill timer when it forks while it is being stopped", () => {
    const chapter = tell(parent(false), downThenKill, forked);
    expect(chapter.state.context.deadlineMs).toBe(5000);
    expect(line(next(chapter.state, 5000, due))).toMatch(/^kill 77 KILL/);
  });
  test("has died when the parent fails", () => {
    const failed: Happening = { type: "run.died", waitStatus: 256, maxDeaths: 100 };
    expect(line(tell(parent(true), failed))).toBe("deadline never · close · tally 256 of 100 · finish 1 0 42");
  });
  test("forks once", () => {
    expect(awaitsFork(tell(parent(true)).state)).toBe(true);
    const { state } = tell(parent(true), forked);
    expect(awaitsFork(state)).toBe(false);
    expect(() => next(state, 9000, { type: "run.forked", pid: 78 })).toThrow("run.forked in state up.ready");
  });
  test("can't be a run without one", () => {
    expect(() => tell(spawned, forked)).toThrow("run.forked in state up.unready");
  });
});

describe("a lost child", () => {
  const lost: Happening = { type: "child.lost" };

  test("is a death of which nothing is made up: no tally, finish gets 256 and 0", () => {
    const chapter = tell(spawned, lost);
    expect([where(chapter), line(chapter)]).toEqual(["ending", "deadline never · close · finish 256 0 42"]);
    expect(line(next(chapter.state, 3000, finishSpawned))).toBe("deadline 8000 · status wanted finishing · d");
  });
  test("leaves the wait status of the last death that was seen", () => {
    const again = tell(spawned, killed, { type: "finish.absent" }, due, spawned, lost, { type: "finish.absent" });
    expect(line(again)).toBe("deadline 8000 · status wanted ready · dD");
    expect(statusOf(again.state)).toMatchObject({ waitStatus: 9, changedAt: stampAt(6000) });
  });
  test("finish is a finish that did not fail for good", () => {
    const chapter = tell(spawned, killed, finishSpawned, lost);
    expect([where(chapter), line(chapter)]).toEqual(["down", "deadline 5000 · status wanted ready · D"]);
  });
  test("finish of a supervisor that leaves lets it go", () => {
    expect(line(tell(spawned, { type: "control.exit" }, killed, finishSpawned, lost))).toMatch(/D · x · exit$/);
  });
});

describe("what can't be is refused, and the state stays usable", () => {
  test.for<readonly [string, readonly Happening[], Happening]>([
    ["a command while run is being spawned", [], { type: "control.up" }],
    ["a signal while run is being spawned", [], { type: "signal.quit" }],
    ["finish's answer while run is being spawned", [], finishSpawned],
    ["a second start", [], { type: "supervisor.started" }],
    ["a command while finish is being spawned", [spawned, killed], { type: "control.exit" }],
    ["a death while finish is being spawned", [spawned, killed], finishDied],
    ["an answer that nobody waits for", [spawned], spawned],
    ["a failure that nobody waits for", [spawned], { type: "run.failed", code: "EIO" }],
    ["finish's answer while run is up", [spawned], { type: "finish.absent" }],
    ["a stop without its plan", [spawned], { type: "control.down" }],
    ["a restart without its signal", [spawned], { type: "control.restart" }],
  ])("%s", ([, before, impossible]) => {
    const { state } = tell(...before);
    const kept = JSON.stringify(state);
    expect(() => next(state, 9000, impossible)).toThrow(TypeError);
    expect(JSON.stringify(state)).toBe(kept);
  });
});

describe("wants", () => {
  const reads = [
    ["control.down", ["stop"]], ["control.downDisable", ["stop"]], ["signal.term", ["stop"]],
    ["control.restart", ["downSignal"]], ["control.reload", ["reloadSignal"]],
    ["deadline.reached", ["killGroup"]], ["run.died", ["maxDeaths"]],
    ["control.up", []], ["control.once", []], ["control.onlyOnce", []], ["control.signal", []], ["signal.hup", []],
    ["child.lost", []], ["run.notified", []],
  ] as const;

  test.for(reads)("%s reads %j when run is up", ([type, files]) => {
    expect(wants(tell(spawned).state, type)).toEqual(files);
    expect(wants(tell(spawned, notified, { type: "control.exit" }).state, type)).toEqual(files);
  });
  test("nothing is read in any other state, where s6 would not look either", () => {
    const others = [
      tell(), tell(spawned, killed), tell(spawned, killed, finishSpawned), tell(spawned, killed, { type: "finish.absent" }),
      tell(spawned, { type: "signal.quit" }),
    ];
    for (const { state } of others) {
      for (const [type] of reads) expect(wants(state, type).filter((wish) => wish !== "census")).toEqual([]);
    }
  });
  test("what ends finish asks for the census, and so does what ends the wait for others; nothing else does", () => {
    const { state: finish } = tell(spawned, killed, finishSpawned);
    const { state: clearing } = next(finish, 4000, { ...finishDied, census: censusOf(true, [{ pid: 9, comm: "x", tie: "group" }]) });
    const asking = (state: typeof finish) => [...reads.map(([type]) => type), "finish.died", "census.taken"].filter((type) => wants(state, type as FactType).includes("census"));
    expect(asking(finish)).toEqual(["child.lost", "finish.died"]);
    expect(asking(clearing)).toEqual(["deadline.reached", "census.taken"]);
  });
});

describe("phaseOf", () => {
  test.for<readonly [string, readonly Happening[]]>([
    ["starting", []],
    ["up", [spawned]],
    ["ready", [spawned, notified]],
    ["once", [spawned, { type: "control.once" }]],
    ["once", [spawned, notified, down]],
    ["ending", [spawned, killed]],
    ["finish", [spawned, killed, finishSpawned]],
    ["down", [spawned, killed, { type: "finish.absent" }]],
    ["gone", [spawned, { type: "signal.int" }]],
  ])("%s after %j", ([phase, happenings]) => {
    expect(phaseOf(tell(...happenings).state)).toBe(phase);
  });
});

test("a saved state of a name that the machine does not have is refused", () => {
  const saved = tell(spawned).state;
  expect(() => restore({ ...saved, state: "sideways" as "down" })).toThrow("no state sideways");
});
