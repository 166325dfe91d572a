import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { SystemError } from "../../src/sys/errors.ts";
import { Regex } from "../../src/sys/regex.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const find = (pattern: string, text: string) => {
  const match = new Regex(pattern).exec(bytes(text));
  return match && [match.start, match.end];
};

describe("POSIX extended regular expressions", () => {
  test("find the leftmost longest match", () => {
    expect(find("a|ab|abc", "xabcabc")).toEqual([1, 4]);
    expect(find("(a|ab)(c|bcd)", "abcd")).toEqual([0, 4]);
    expect(find("x*", "aaa")).toEqual([0, 0]);
    expect(find("b", "aaa")).toBeUndefined();
  });

  test("know anchors, classes and intervals, and what JavaScript does not mean by the same signs", () => {
    expect(find("^u.*D$", "uUdD")).toEqual([0, 4]);
    expect(find("[[:digit:]]{2,3}", "a1234")).toEqual([1, 4]);
    expect(find("[]x]", "]")).toEqual([0, 1]);
    expect(find(".", "\n")).toEqual([0, 1]);
    expect(find("a\\{2\\}", "a{2}")).toEqual([0, 4]);
  });

  test("work on bytes", () => {
    const match = new Regex(Uint8Array.of(0xff)).exec(Uint8Array.of(1, 0xff, 2));
    expect(match).toEqual({ start: 1, end: 2 });
    expect(find("^.$", "\u00e4")).toBeUndefined(); // two bytes
  });

  test("end at a NUL, as in C", () => {
    expect(find("b", "a\0b")).toBeUndefined();
    expect(find("a\0(", "a")).toEqual([0, 1]);
  });

  test("that are wrong are refused with the words of the C library", () => {
    const failure = (() => {
      try {
        return new Regex("a(b");
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(SystemError);
    expect(failure).toMatchObject({ code: "EINVAL", cause: { message: expect.stringMatching(/Unmatched/) } });
  });

  test("search texts of megabytes, and refuse what positions could not be told in", () => {
    const long = new Uint8Array(2 ** 24 - 1).fill(97);
    long[long.length - 1] = 98;
    expect(new Regex("b").exec(long)).toEqual({ start: 2 ** 24 - 2, end: 2 ** 24 - 1 });
    expect(() => new Regex("b").exec(new Uint8Array(2 ** 24).fill(97))).toThrow(/Argument list too long/);
  });

  property.prop([fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{0,20}$/)])(
    "made of letters find what indexOf finds",
    (needle, haystack) => {
      const at = haystack.indexOf(needle);
      expect(find(needle, haystack)).toEqual(at < 0 ? undefined : [at, at + needle.length]);
    },
  );
});
