import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endsLoop, parseCodes } from "../../src/chain/codes.ts";
import { parseFor } from "../../src/chain/forstdin.ts";
import { type LineRules, linesOf } from "../../src/chain/lines.ts";
import { encodeNetstrings } from "../../src/execline/netstring.ts";
import * as realSys from "../../src/sys/real-sys.ts";

/** Reads what comes in these parts. */
function linesIn(parts: readonly string[], rules: LineRules): string[] {
  const rest = [...parts];
  const sys = {
    ...realSys,
    readFd(_fd: number, into: Uint8Array): number {
      const part = Buffer.from(rest.shift() ?? "", "latin1");
      into.set(part);
      return part.length;
    },
  };
  return [...linesOf(sys, 0, rules)];
}

const RULES: LineRules = { delimiters: "\n", chomp: true, crunch: false };
const byte = fc.constantFrom("a", "\n", "\xff", ":", "1", ",", "\0");
const texts = fc.array(fc.array(byte, { maxLength: 8 }).map((bytes) => bytes.join("")), { maxLength: 6 });
const parts = texts.map((all) => all.filter((part) => part !== ""));

describe("lines", () => {
  test("do not depend on how they come", () => {
    fc.assert(fc.property(parts, fc.boolean(), fc.boolean(), (all, chomp, crunch) => {
      const rules = { ...RULES, chomp, crunch };
      expect(linesIn(all, rules)).toEqual(linesIn([all.join("")].filter((part) => part !== ""), rules));
    }));
  });

  test("that are not chomped are all that there is", () => {
    fc.assert(fc.property(parts, (all) => void expect(linesIn(all, { ...RULES, chomp: false }).join("")).toBe(all.join(""))));
  });

  test("netstrings come back", () => {
    fc.assert(fc.property(texts, (words) => void expect(linesIn([...encodeNetstrings(words)], { ...RULES, delimiters: "" })).toEqual(words)));
  });

  test.each([["1:a", "EPIPE"], ["x", "EPIPE"], ["x:", "EPROTO"], [":", "EPROTO"], ["1:ab", "EPROTO"], ["9".repeat(22), "EPROTO"], ["99999999999:", "ENOMEM"]])("%j: %s", (text, code) => {
    expect(() => linesIn([text], { ...RULES, delimiters: "" })).toThrow(expect.objectContaining({ code, syscall: "netstring_get" }) as Error);
  });
});

test("exit codes of loops", () => {
  expect(parseCodes("1,2:03; 4\t5")).toEqual([1, 2, 3, 4, 5]);
  expect(parseCodes("1,x,2")).toEqual([1]);
  expect(parseCodes("7,")).toEqual([7]);
  for (const text of ["", "x", ",1", "-1", " 1"]) expect(() => parseCodes(text)).toThrow();
  expect([1, 2].map((code) => endsLoop({ codes: [1], type: "ends" }, code))).toEqual([true, false]);
  expect([1, 2].map((code) => endsLoop({ codes: [1], type: "goes on" }, code))).toEqual([false, true]);
});

test("the options of forstdin", () => {
  expect(parseFor(["-ENCd:", "-P", "3", "-x", "1,2", "VAR", "-p"])).toEqual({
    rules: { autoimport: true, most: 3, codes: { codes: [1, 2], type: "ends" } }, lines: { delimiters: ":", chomp: false, crunch: true }, operands: ["VAR", "-p"],
  });
  expect(parseFor(["-EeNnCcd", "", "-0", "-o0", "-x1", "--", "-V"])).toEqual({
    rules: { autoimport: false, most: undefined, codes: { codes: [1], type: "ends" } }, lines: { delimiters: "\0", chomp: true, crunch: false }, operands: ["-V"],
  });
  expect(parseFor(["-P0", "V"]).rules.most).toBe(1);
  expect(parseFor(["-P", "999999", "V"]).rules.most).toBe(10_000);
  for (const args of [["-P"], ["-P", "x"], ["-x", ""], ["-q"]]) expect(() => parseFor(args)).toThrow();
});
