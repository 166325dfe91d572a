import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNetstrings, encodeNetstrings } from "../../src/execline/netstring.ts";
import { DEFAULT_DELIMITERS, NetstringError, valueWords } from "../../src/execline/value.ts";

describe("a value", () => {
  test.each([
    ["", "a b  c ", ["a b  c "]], ["", "", [""]], ["C", "a \t b\n\n", ["a b\n"]], ["n", "a\n\n", ["a\n"]], ["n", "a", ["a"]], ["Cn", "a \n\n", ["a"]], ["n", " ", [""]],
    ["s", "", []], ["s", "a b  c ", ["a", "b", "", "c"]], ["sCn", "a b  c ", ["a", "b", "c"]], ["s", " a", ["", "a"]], ["s", "a", ["a"]], ["sn", "a b", ["a"]], ["sn", "a b ", ["a", "b"]], ["sn", "a b  ", ["a", "b"]], ["sn", "a", []], ["sC", "  a", ["", "a"]],
  ] as const)("with -%s: %j", (letters, value, words) => {
    const rules = { crunch: letters.includes("C"), chomp: letters.includes("n"), split: letters.includes("s"), delimiters: DEFAULT_DELIMITERS };
    expect(valueWords(value, rules)).toEqual(words);
  });

  test("has other delimiters where they are given", () => {
    expect(valueWords("a,b:\xff c", { crunch: false, chomp: false, split: true, delimiters: ",:\xff" })).toEqual(["a", "b", "", " c"]);
    expect(valueWords("a,,b]", { crunch: true, chomp: true, split: false, delimiters: ",]" })).toEqual(["a,b"]);
  });

  test("is netstrings where there is none", () => {
    const rules = { crunch: true, chomp: true, split: true, delimiters: "" };
    expect(valueWords("3:a b,0:,", rules)).toEqual(["a b", ""]);
    expect(valueWords("3:a b,", { ...rules, split: false })).toEqual(["3:a b,"]);
    expect(() => valueWords("a", rules)).toThrow(NetstringError);
  });
});

describe("netstrings", () => {
  test("hold any bytes", () => {
    const words = fc.array(fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("latin1")));
    fc.assert(fc.property(words, (all) => void expect(decodeNetstrings(encodeNetstrings(all))).toEqual(all)));
  });

  test("are written so", () => expect(encodeNetstrings(["ab", "", "\xff,"])).toBe("2:ab,0:,2:\xff,,"));
  test("may have zeros in front", () => expect(decodeNetstrings("02:ab,")).toEqual(["ab"]));
  test.each([":,", "a", "1", "1:", "1:a", "1:a;", "3:ab,c,", "-1:a,", "1:a,1", "4294967296:a,", " 1:a,"])("%j is none", (bytes) => expect(() => decodeNetstrings(bytes)).toThrow(NetstringError));
});
