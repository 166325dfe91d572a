import { expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { statsOf } from "../../src/history/stats.ts";
import type { Transition } from "../../src/history/transitions.ts";

const BASE = 1_700_000_000;
const at = (seconds: number) => tainFromUnix(BASE + seconds, 0);
const told = (seconds: number, kind: Transition["kind"], more: Partial<Transition> = {}): Transition => ({
  at: at(seconds), kind, text: "", state: "", pid: 1, lasted: null, ordered: null, exitCode: null, signal: null, by: null, ...more,
});

test("a day of a service, added up by hand", () => {
  const stats = statsOf([
    told(0, "start"), told(2, "ready", { lasted: 2 }),
    told(10, "death", { lasted: 10, ordered: false, exitCode: 1 }),
    told(14, "start"), told(15, "ready", { lasted: 1 }),
    told(44, "death", { lasted: 30, ordered: true, signal: "SIGTERM" }),
    told(90, "start"),
  ], at(100));
  expect(stats).toEqual({
    from: at(0), to: at(90), uptimeRatio: 0.5, starts: 3, crashes: 1, orderedStops: 1, restartsPerHour: 72,
    meanTimeBetweenFailures: 50, timeToReadiness: { p50: 2, p95: 2, max: 2 }, longestOutage: 4,
    endings: { "exit 1": 1, SIGTERM: 1 }, flapping: false,
  });
});

const lives = (count: number, seconds: number, ordered: boolean): Transition[] =>
  Array.from({ length: count }, (_, index) => index * 100).flatMap((from) => [
    told(from, "start"), told(from + seconds, "death", { lasted: seconds, ordered, exitCode: 0 }),
  ]);

test("five short lives in a row are flapping; long ones, ordered ones, and one that lives now are not", () => {
  expect(statsOf(lives(5, 1, false), at(500)).flapping).toBe(true);
  expect(statsOf(lives(4, 1, false), at(500)).flapping).toBe(false);
  expect(statsOf(lives(9, 20, false), at(900)).flapping).toBe(false);
  expect(statsOf(lives(9, 1, true), at(900)).flapping).toBe(false);
  expect(statsOf([...lives(9, 1, false), told(900, "start")], at(990)).flapping).toBe(false);
});

test("nothing recorded is nothing known", () => {
  expect(statsOf([], at(0))).toMatchObject({ from: null, uptimeRatio: null, crashes: 0 });
});
