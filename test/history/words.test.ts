import { expect, test } from "vitest";
import { duration, percent } from "../../src/history/words.ts";

test.each([
  [0.0004, "0 ms"], [0.35, "350 ms"], [0.9996, "1.0 s"], [4.25, "4.3 s"], [60, "1 min"], [200, "3 min 20 s"], [7500, "2 h 5 min"],
  [273_600, "3 d 4 h"],
])("%d seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test("ratios near one keep their nines", () => {
  expect([percent(1), percent(0.99954), percent(0.5)]).toEqual(["100.0 %", "99.954 %", "50.0 %"]);
});
