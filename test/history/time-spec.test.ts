import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { type Tain, tainFromUnix, tainToUnix } from "../../src/formats/tain.ts";
import { parseMoment } from "../../src/history/time-spec.ts";

const NOW = 1_800_000_000;
const ago = (text: string): number => NOW - tainToUnix(parseMoment(text, NOW) as Tain);

test("how long ago, in one unit or several", () => {
  expect(["90s", "2h", "1d12h", "1w", "3m5s"].map(ago)).toEqual([90, 7200, 129_600, 604_800, 185]);
});

test("ISO 8601, with a zone or local", () => {
  expect(parseMoment("2026-11-21T02:03:04.5Z", NOW)).toBe(tainFromUnix(Date.UTC(2026, 10, 21, 2, 3, 4) / 1000, 500_000_000));
  expect(parseMoment("2026-11-21 02:03:04+02:00", NOW)).toBe(tainFromUnix(Date.UTC(2026, 10, 21, 0, 3, 4) / 1000, 0));
  const local = tainFromUnix(new Date(2026, 10, 21).getTime() / 1000, 0);
  expect([parseMoment("2026-11-21", NOW), parseMoment("2026-11-21 00:00", NOW)]).toEqual([local, local]);
});

test.prop([fc.nat(4_000_000_000), fc.nat(999_999_999)])("a stamp is itself", (seconds, nanoseconds) => {
  const stamp = tainFromUnix(seconds, nanoseconds);
  expect(parseMoment(`@${stamp}`, NOW)).toBe(stamp);
});

test.each(["", "yesterday", "2x", "h", "@12", "2026-13-45", "2026-02-30", "2026-11-21T24:00", "5", "-2h"])("%o is no moment", (text) => {
  expect(parseMoment(text, NOW)).toBeUndefined();
});

test("longer ago than all that can be is the beginning of all", () => {
  expect(parseMoment("9999w", NOW)).toBe(tainFromUnix(0, 0));
});
