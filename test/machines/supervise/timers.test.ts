import { describe, expect, test } from "vitest";
import { deadlineOf } from "../../../src/machines/supervise/step.ts";
import {
  down, downThenKill, due, finishDied, finishSpawned, type Happening, killed, line, next, notified, spawned, tell, where,
} from "./story.ts";

describe("kill timer", () => {
  const stopped = tell(spawned, downThenKill); // at 2 s, so due at 5 s

  test("kills run and wakes it, again every 5 s", () => {
    const first = next(stopped.state, 5000, due);
    expect(line(first)).toBe("kill 42 KILL · kill 42 CONT · status · deadline 10000");
    expect(line(next(first.state, 10_000, due))).toBe("kill 42 KILL · kill 42 CONT · status · deadline 15000");
  });
  test("kills the group when flag-timeout-killpg is there", () => {
    const killing: Happening = { type: "deadline.reached", killGroup: true };
    expect(line(next(stopped.state, 5000, killing))).toBe("kill -42 KILL · kill -42 CONT · status · deadline 10000");
  });
  test("ends a pause", () => {
    const paused = next(stopped.state, 3000, { type: "control.pause" });
    expect(line(next(paused.state, 5000, due))).toBe("kill 42 KILL · kill 42 CONT · status · deadline 10000");
  });
  test("is armed anew by a second stop", () => {
    expect(line(next(stopped.state, 4000, downThenKill))).toBe("kill 42 TERM · kill 42 CONT · status · deadline 7000");
  });
  test("is disarmed by a second stop that finds no timeout-kill any more", () => {
    expect(line(next(stopped.state, 4000, down))).toMatch(/deadline never$/);
  });
  test("is not disarmed by up", () => {
    const again = next(stopped.state, 4000, { type: "control.up" });
    expect(line(again)).toBe("status wanted");
    expect(line(next(again.state, 5000, due))).toBe("kill 42 KILL · kill 42 CONT · status wanted · deadline 10000");
  });
  test("is cancelled by death, so that it can't hit finish", () => {
    expect(line(next(stopped.state, 4000, killed))).toMatch(/^deadline never · /);
  });
  test("is not armed for a time that a timer can't hold", () => {
    const never: Happening = { type: "control.down", stop: { signal: 15, killAfterMs: 2 ** 31 } };
    expect(deadlineOf(next(stopped.state, 4000, never).state)).toBeNull();
  });
  test("is not inherited by the next run", () => {
    const again = [...[spawned, downThenKill, { type: "control.up" }, killed] as const, finishSpawned, finishDied, due, spawned] as const;
    const chapter = tell(...again);
    expect([where(chapter), line(chapter)]).toEqual(["up.unready", "deadline never · status wanted · u"]);
    expect(line(next(chapter.state, 20_000, due))).toBe("warn · deadline never");
  });
});

describe("finish limit", () => {
  const finishing = tell(spawned, killed, finishSpawned); // at 3 s, limit 5 s
  const hit = "warn · kill 43 CONT · status wanted finishing · kill 43 KILL";

  test("kills finish, not its group, again every 5 s", () => {
    expect(deadlineOf(finishing.state)).toBe(8000);
    const first = next(finishing.state, 8000, { type: "deadline.reached", killGroup: true });
    expect(line(first)).toBe(`${hit} · deadline 13000`);
    expect(line(next(first.state, 13_000, due))).toBe(`${hit} · deadline 18000`);
  });
  test("0 means none", () => {
    expect(deadlineOf(tell(spawned, killed, { type: "finish.spawned", pid: 43, timeoutMs: 0 }).state)).toBeNull();
  });
});

describe("restart delay", () => {
  const die = (ms: number, ...before: readonly Happening[]) =>
    next(next(tell(spawned, ...before).state, ms, killed).state, ms + 10, { type: "finish.absent" });

  test("is a second from being down when run was never ready", () => {
    expect(deadlineOf(die(5000).state)).toBe(6010);
  });
  test("is a second from readiness when it was, however long ago", () => {
    expect(deadlineOf(die(2500, notified).state)).toBe(3000);
    expect(deadlineOf(die(50_000, notified).state)).toBe(3000);
  });
  test("counts from the end of finish", () => {
    const finishing = tell(spawned, killed, finishSpawned);
    expect(deadlineOf(next(finishing.state, 7000, finishDied).state)).toBe(8000);
  });
  test("forgets an earlier run's readiness at the next spawn", () => {
    const again = next(next(die(2500, notified).state, 3000, due).state, 3001, spawned);
    const dead = next(next(again.state, 9000, killed).state, 9001, { type: "finish.absent" });
    expect(deadlineOf(dead.state)).toBe(10_001);
  });
  test("does not bind commands", () => {
    for (const type of ["control.up", "control.upEnable", "control.once"] as const) {
      expect(where(next(die(5000).state, 5011, { type }))).toBe("starting");
    }
  });
  test("ends without a start when it is not wanted up any more", () => {
    const unwanted = next(die(5000).state, 5100, down);
    expect(line(next(unwanted.state, 6010, due))).toBe("deadline never");
  });
  test("is not armed at all for a service that is wanted down", () => {
    expect(deadlineOf(die(5000, down).state)).toBeNull();
  });
});

describe("failed start", () => {
  const failed = tell({ type: "run.failed", code: "EACCES", retryMs: 60_000 }); // at 1 s

  test("is tried again after the delay, and says nothing to anybody", () => {
    expect([where(failed), line(failed)]).toEqual(["down", "deadline 61000"]);
    expect(line(next(failed.state, 61_000, due))).toBe("run");
  });
  test("is tried again at once by a command", () => {
    expect(line(next(failed.state, 2000, { type: "control.up" }))).toBe("status wanted ready · run");
  });
  test("without a retry waits for a command", () => {
    expect(line(tell({ type: "run.failed", code: "EINVAL" }))).toBe("deadline never");
  });
  test("keeps the wanted state: once is not retried", () => {
    const waiting = next(failed.state, 2000, { type: "control.once" });
    const again = next(waiting.state, 2001, { type: "run.failed", code: "EACCES", retryMs: 60_000 });
    expect(line(next(again.state, 62_001, due))).toBe("deadline never");
  });
});
