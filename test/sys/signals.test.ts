import { expect, test } from "vitest";
import { runFixture } from "./fixture-process.ts";

test("trapped signals come as bytes, whichever thread sent them, USR1 included; the rest is default again", async () => {
  const { stdout, signal, stderr } = await runFixture("signals");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    same: true, ready: 1, signals: [1, 10, 15], early: true, caught: [10, 15], left: 0,
  });
  expect(signal).toBe("SIGTERM");
});
