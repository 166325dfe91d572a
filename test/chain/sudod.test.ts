import { expect, test } from "vitest";
import { parseSudod } from "../../src/chain/sudod.ts";
import { UsageError } from "../../src/cli/failures.ts";

const USUAL = { nullStdin: false, nullStdout: false, ownStderr: false, watchesClient: true, timeoutMs: undefined, words: ["prog"] };

test.each([
  ["prog", {}],
  ["-0 prog", { nullStdin: true }],
  ["-12 prog", { nullStdout: true, ownStderr: true }],
  ["-d prog", { nullStdin: true, nullStdout: true, ownStderr: true, watchesClient: false }],
  ["-t 5 -t 7 prog", { timeoutMs: 7 }],
  ["-t0 -- prog", {}],
  ["prog -0", { words: ["prog", "-0"] }],
])("s6-sudod %s", (line, expected) => {
  expect(parseSudod(line.split(" "))).toEqual({ ...USUAL, ...expected });
});

test.each(["-t", "-t x prog", "-t x -t 5 prog", "-3"])("s6-sudod %s is wrong", (line) => {
  expect(() => parseSudod(line.split(" "))).toThrow(UsageError);
});
