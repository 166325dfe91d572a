import { expect, test } from "vitest";
import { exitStatus, signalStatus } from "../../../src/formats/wait-status.ts";
import { statusOf } from "../../../src/machines/supervise/step.ts";
import {
  down, finishDied, finishSpawned, type Happening, killed, line, next, notified, spawned, stampAt, tell, tellWanted, where,
} from "./story.ts";

const exited = (code: number): Happening => ({ type: "run.died", waitStatus: exitStatus(code), maxDeaths: 100 });

test("a supervisor says that it is there, then starts run", () => {
  const chapter = tell();
  expect(line(chapter)).toBe("status wanted ready paused · s · run");
  expect(where(chapter)).toBe("starting");
});

test("a service with a down file waits for a command, without a timer", () => {
  const chapter = tellWanted(false);
  expect(line(chapter)).toBe("status ready paused · s");
  expect(where(chapter)).toBe("down");
  expect(chapter.state.context.deadlineMs).toBeNull();
});

test("the first status is the one of a service that was not started yet, stamped with the start", () => {
  expect(statusOf(tellWanted(false).state)).toEqual({
    changedAt: stampAt(0), readyAt: stampAt(0), pid: 0, waitStatus: 0,
    paused: true, finishing: false, wantedUp: false, ready: true,
  });
});

test("any other status ends the not started state", () => {
  const { state } = tellWanted(false);
  expect(line(next(state, 5000, down))).toBe("status ready");
  expect(line(next(state, 5000, { type: "control.up" }))).toBe("status wanted ready · run");
});

test("a failed start leaves the not started state on disk", () => {
  const chapter = tell({ type: "run.failed", code: "ENOENT", retryMs: 60_000 });
  expect(line(chapter)).toBe("deadline 61000");
  expect(statusOf(chapter.state).paused).toBe(true);
});

test("run spawned: deadline, status, u", () => {
  const chapter = tell(spawned);
  expect(line(chapter)).toBe("deadline never · status wanted · u");
  expect(statusOf(chapter.state)).toMatchObject({ pid: 42, changedAt: stampAt(1000), readyAt: stampAt(0) });
});

test("run ready: status, U, and only then its pipe is closed", () => {
  const chapter = tell(spawned, notified);
  expect(line(chapter)).toBe("status wanted ready · U · close");
  expect(statusOf(chapter.state)).toMatchObject({ changedAt: stampAt(1000), readyAt: stampAt(2000) });
});

test("a notification pipe that ends without a newline is closed, and makes nothing ready", () => {
  const chapter = tell(spawned, { type: "notification.closed" });
  expect([where(chapter), line(chapter)]).toEqual(["up.unready", "close"]);
  expect(line(next(chapter.state, 9000, killed))).toBe("deadline never · tally 9 of 100 · finish 256 9 42");
});

test("run dead: pipe, tally, finish; no status before finish is known", () => {
  const chapter = tell(spawned, exited(3));
  expect(line(chapter)).toBe("deadline never · close · tally 768 of 100 · finish 3 0 42");
  expect(where(chapter)).toBe("ending");
});

test("the tally has the stamp of the status", () => {
  const death = tell(spawned, exited(3));
  const stamps = death.effects.flatMap((effect) => (effect.type === "recordDeath" ? [effect.at] : []));
  expect(stamps).toEqual([stampAt(2000)]);
  expect(statusOf(next(death.state, 2500, finishSpawned).state).changedAt).toBe(stampAt(2000));
});

test("max-death-tally 0 leaves the tally alone", () => {
  expect(line(tell(spawned, notified, { ...killed, maxDeaths: 0 } as Happening))).toBe("deadline never · finish 256 9 42");
});

test("finish spawned: its time limit, status, d", () => {
  const chapter = tell(spawned, exited(3), finishSpawned);
  expect(line(chapter)).toBe("deadline 8000 · status wanted finishing · d");
  expect(statusOf(chapter.state)).toMatchObject({ pid: 43, waitStatus: 768, ready: false, finishing: true });
});

test("finish dead: status, D", () => {
  const chapter = tell(spawned, exited(3), finishSpawned, { type: "finish.died", waitStatus: signalStatus(9) });
  expect(line(chapter)).toBe("deadline 5000 · status wanted ready · D");
  expect(statusOf(chapter.state)).toMatchObject({ pid: 0, waitStatus: 768, readyAt: stampAt(4000), changedAt: stampAt(2000) });
});

test("a death without finish is one status and one write of dD", () => {
  const chapter = tell(spawned, exited(3), { type: "finish.absent" });
  expect(line(chapter)).toBe("deadline 4000 · status wanted ready · dD");
  expect(statusOf(chapter.state)).toMatchObject({ pid: 0, waitStatus: 768, changedAt: stampAt(2000), readyAt: stampAt(3000) });
});

test("finish exiting 125 is a permanent failure: wanted down, OD in one write, no restart", () => {
  const chapter = tell(spawned, exited(3), finishSpawned, { type: "finish.died", waitStatus: exitStatus(125) });
  expect(line(chapter)).toBe("deadline never · status ready · OD");
});

test.for([
  ["exit code 124", exitStatus(124)],
  ["a signal, with 125 in the byte beside it", exitStatus(125) | signalStatus(9)],
] as const)("finish ending with %s is no permanent failure", ([, waitStatus]) => {
  expect(line(tell(spawned, exited(3), finishSpawned, { type: "finish.died", waitStatus }))).toMatch(/status wanted ready · D$/);
});

test("stop: down signal, SIGCONT, status, kill timer", () => {
  const paused = tell(spawned, { type: "control.pause" });
  const stop: Happening = { type: "control.down", stop: { signal: 10, killAfterMs: 700 } };
  expect(line(next(paused.state, 5000, stop))).toBe("kill 42 USR1 · kill 42 CONT · status · deadline 5700");
});

test("a paused run that dies is no longer paused", () => {
  expect(line(tell(spawned, { type: "control.pauseGroup" }, killed, finishSpawned))).toBe("deadline 9000 · status wanted finishing · d");
});

test("leaving when down: D, then x, then exit", () => {
  const leaving = [spawned, { type: "control.exit" }, killed] as const;
  expect(line(tell(...leaving, finishSpawned, finishDied))).toBe("deadline never · status wanted ready · D · x · exit");
  expect(line(tell(...leaving, { type: "finish.absent" }))).toBe("deadline never · status wanted ready · dD · x · exit");
});

test("leaving at once writes no status: run goes on without us", () => {
  const chapter = tell(spawned, { type: "signal.quit" });
  expect(line(chapter)).toBe("x · exit");
  expect(statusOf(chapter.state).pid).toBe(42);
});

test("in last, up is noted but nothing is restarted", () => {
  const chapter = tell(spawned, { type: "signal.term", stop: { signal: 15, killAfterMs: 0 } }, { type: "control.up" }, killed);
  expect(line(next(chapter.state, 9000, { type: "finish.absent" }))).toBe("deadline never · status wanted ready · dD · x · exit");
});

test("xd: leave first, then stop", () => {
  const chapter = tell(spawned, { type: "control.exit" }, down);
  expect([where(chapter), line(chapter)]).toEqual([
    "last up.unready", "kill 42 TERM · kill 42 CONT · status · deadline never",
  ]);
});

test("the wait status is kept to the 16 bits of the file", () => {
  const chapter = tell(spawned, { type: "run.died", waitStatus: 0x1_0300, maxDeaths: 1 }, finishSpawned);
  expect(statusOf(chapter.state).waitStatus).toBe(0x300);
});
