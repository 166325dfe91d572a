import { describe, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { transitionsOf } from "../../src/history/transitions.ts";
import { crashes, Life } from "../store/lived.ts";

const texts = (life: Life): string[] => [...transitionsOf(life.records)].map(({ text }) => text);
const up = { type: "run.spawned", pid: 42, notifies: false, pidfile: false } as const;
const begun = (): Life => new Life().tell({ type: "supervisor.started" }, up);

describe("the causes of what happened", () => {
  test("a crash, its finish and the restart that follows", () => {
    expect(texts(crashes(1).tell({ ...up, pid: 50 }))).toEqual([
      "supervisor started",
      "started: the supervisor started",
      "ready",
      "was killed by SIGTERM",
      "finish runs",
      "finish: exited 0",
      "started: restart after it was killed by SIGTERM",
    ]);
  });

  test("a death that was asked for is told apart from one that was not", () => {
    const stopped = begun().tell(
      { type: "control.down", stop: { signal: 15, killAfterMs: 0 } },
      { type: "run.died", waitStatus: 15, maxDeaths: 100 },
      { type: "finish.absent" },
      { type: "control.up" },
      { ...up, pid: 43 },
      { type: "run.died", waitStatus: 0x8b, maxDeaths: 100 },
    );
    const deaths = [...transitionsOf(stopped.records)].filter(({ kind }) => kind === "death");
    expect(deaths.map(({ ordered }) => ordered)).toEqual([true, false]);
    expect(texts(stopped).slice(2)).toEqual([
      "s6-svc -d: down", "was killed by SIGTERM, as it was told", "s6-svc -u: up", "started: s6-svc -u: up",
      "was killed by SIGSEGV (core dumped)",
    ]);
  });

  test("a signal that ends nobody makes no death an ordered one", () => {
    const continued = begun().tell({ type: "control.pause" }, { type: "control.continue" }, { type: "run.died", waitStatus: 256, maxDeaths: 9 });
    expect([...transitionsOf(continued.records)].at(-1)).toMatchObject({ kind: "death", ordered: false, exitCode: 1 });
  });

  test("neither does a signal that it did not die of, but an exit soon after a stop does", () => {
    const dies = (waitStatus: number) => [...transitionsOf(
      begun().tell({ type: "control.reload", signal: 1 }, { type: "run.died", waitStatus, maxDeaths: 9 }).records,
    )].at(-1)?.ordered;
    expect([dies(1), dies(11), dies(0)]).toEqual([true, false, false]);
    const asked = begun().tell({ type: "control.signal", signal: 15 }, { type: "run.died", waitStatus: 0, maxDeaths: 9 });
    expect([...transitionsOf(asked.records)].at(-1)).toMatchObject({ ordered: true, text: "exited 0, as it was told" });
  });

  test("time limits, spawn failures, permanent failures, deaths that nobody saw, holes", () => {
    const life = begun().tell(
      { type: "control.down", stop: { signal: 15, killAfterMs: 1000 } },
      { type: "deadline.reached" },
      { type: "run.died", waitStatus: 9, maxDeaths: 100 },
      { type: "finish.spawned", pid: 44, timeoutMs: 1000 },
      { type: "deadline.reached" },
      { type: "finish.died", waitStatus: 125 << 8 },
      { type: "control.up" },
      { type: "run.failed", code: "ENOENT", retryMs: 60_000 },
      { type: "deadline.reached" },
      { ...up, pid: 45 },
      { type: "child.lost" },
    );
    life.records.push({ kind: "gap", at: tainFromUnix(1_800_000_000, 0), from: tainFromUnix(1, 0), to: tainFromUnix(2, 0), dropped: 7 });
    expect(texts(life).slice(3)).toEqual([
      "did not stop in time: SIGKILL",
      "was killed by SIGKILL, as it was told",
      "finish runs",
      "finish took too long: SIGKILL",
      "finish: exited 125, permanent failure: no restart",
      "s6-svc -u: up",
      "can't be started: ENOENT; next try in 60 s",
      "started: another try",
      "gone, nobody saw how",
      "7 records were lost",
    ]);
  });

  test("how long what ended had lasted", () => {
    const [, start, ready, death, , finished] = [...transitionsOf(crashes(1).records)];
    expect([start?.lasted, ready?.lasted?.toFixed(3), death?.lasted?.toFixed(3), finished?.lasted?.toFixed(3)])
      .toEqual([null, "1.000", "2.000", "1.000"]);
  });
});
