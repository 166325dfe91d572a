import { describe, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { lastState } from "../../src/history/last-state.ts";
import { transitionsOf } from "../../src/history/transitions.ts";
import { type Why, whyOf } from "../../src/history/why.ts";
import { crashes, Life } from "../store/lived.ts";

const NOW = tainFromUnix(1_700_000_100, 0);
function why({ records }: Life): Why {
  const state = lastState(records);
  return whyOf([...transitionsOf(records)], state, NOW, (state?.context.deadlineMs ?? 0) - 600);
}
const up = { type: "run.spawned", pid: 42, notifies: true, pidfile: false } as const;
const begun = (): Life => new Life().tell({ type: "supervisor.started" }, up);
const stop = { signal: 15, killAfterMs: 2000 };

describe("why a service is as it is", () => {
  test("it crashed, and is about to be started again", () => {
    const told = why(begun().tell({ type: "run.notified" }, { type: "run.died", waitStatus: 3 << 8, maxDeaths: 9 }, { type: "finish.absent" }));
    expect(told).toMatchObject({
      state: "down", wanted: "up", pid: null, because: { text: "exited 3" }, next: "it is started again", finish: null,
      lastDeath: { ordered: false, orderedBy: null, exitCode: 3, pid: 42 }, deaths: { crashes: 1, ordered: 0, like: 1 },
    });
    expect(told.nextIn).toBeCloseTo(0.6);
    expect(told.lastDeath?.readyAfter).toBeCloseTo(1, 2);
    expect(told.lastDeath?.uptime).toBeCloseTo(2, 2);
  });

  test("somebody stopped it", () => {
    const told = why(begun().tell({ type: "control.down", stop }, { type: "run.died", waitStatus: 15, maxDeaths: 9 }, { type: "finish.absent" }));
    expect(told).toMatchObject({
      state: "down", wanted: "down", next: "nothing before the next command", nextIn: null,
      lastDeath: { ordered: true, orderedBy: { text: "s6-svc -d: down" }, signal: "SIGTERM", readyAfter: null },
    });
  });

  test("it would not stop, and a time limit killed it", () => {
    const stopping = begun().tell({ type: "control.down", stop });
    expect(why(stopping)).toMatchObject({ state: "up.unready", wanted: "down", next: "it is killed, if it has not stopped" });
    const killed = stopping.tell({ type: "deadline.reached" }, { type: "run.died", waitStatus: 9, maxDeaths: 9 }, { type: "finish.absent" });
    expect(why(killed).lastDeath).toMatchObject({ ordered: true, orderedBy: { text: "did not stop in time: SIGKILL" }, signal: "SIGKILL" });
  });

  test("its finish script said that it shall stay down", () => {
    const told = why(begun().tell(
      { type: "run.died", waitStatus: 1 << 8, maxDeaths: 9 }, { type: "finish.spawned", pid: 43, timeoutMs: 0 }, { type: "finish.died", waitStatus: 125 << 8 },
    ));
    expect(told).toMatchObject({ wanted: "down", finish: { text: "finish: exited 125, permanent failure: no restart" } });
  });

  test("it can't be started", () => {
    const told = why(new Life().tell({ type: "supervisor.started" }, { type: "run.failed", code: "ENOENT", retryMs: 60_000 }));
    expect(told).toMatchObject({ state: "down", because: { text: "can't be started: ENOENT; next try in 60 s" }, next: "it is started again", lastDeath: null });
  });

  test("it keeps dying", () => {
    const told = why(crashes(6));
    expect(told).toMatchObject({ flapping: true, deaths: { crashes: 6, like: 6, crashesLastDay: 6 } });
  });

  test("nobody knows what follows a hole", () => {
    const life = begun();
    life.records.push({ kind: "gap", at: NOW, from: NOW, to: NOW, dropped: 1 });
    expect(why(life)).toMatchObject({ state: "unknown", wanted: "unknown", next: "nobody knows: the last records are missing" });
  });
});
