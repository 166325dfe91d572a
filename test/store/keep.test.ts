import { describe, expect, test } from "vitest";
import { DEFAULT_KEEP, formatKeep, parseKeep } from "../../src/store/keep.ts";

describe("limits", () => {
  test.each([
    ["", {}],
    ["age=30d", { age: 30 * 86_400 }],
    ["records=10000,size=64M", { records: 10_000, size: 64 * 2 ** 20 }],
    ["age=1d12h\nsize=2GiB\n", { age: 129_600, size: 2 ** 31 }],
    ["size=2048k size=none", {}],
  ])("%j are understood", (text, keep) => expect(parseKeep(text)).toEqual(keep));

  test.each(["age", "age=", "age=30", "days=3", "records=9", "records=1k", "size=1k", "size=64X", "records=-1"])("%j are refused", (text) =>
    expect(() => parseKeep(text)).toThrow(SyntaxError));

  test("replace those before, word by word, or take them away", () => {
    expect(parseKeep("records=50", DEFAULT_KEEP)).toEqual({ ...DEFAULT_KEEP, records: 50 });
    expect(parseKeep("size=none", DEFAULT_KEEP)).toEqual({});
  });

  test("come back from their text", () => {
    const keep = { age: 90, records: 20, size: 2 ** 21 };
    expect(parseKeep(formatKeep(keep))).toEqual(keep);
  });
});
