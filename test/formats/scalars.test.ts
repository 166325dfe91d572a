import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { FIFO_NAME_LENGTH, FIFO_PREFIX, fifoName } from "../../src/formats/fifodir.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { msOrForever, parseUint, parseUints } from "../../src/formats/uint.ts";
import { exitCode, exitStatus, hasCore, signalStatus, termSignal } from "../../src/formats/wait-status.ts";

describe("unsigned integers", () => {
  test.prop([fc.nat(2 ** 32 - 1), fc.nat(5)])("are decimal digits, leading zeros or not", (value, zeros) => {
    expect(parseUint("0".repeat(zeros) + String(value))).toBe(value);
  });
  test("end at 2^32-1", () => {
    expect([parseUint("4294967295"), parseUint("4294967296"), parseUint("9".repeat(400))]).toEqual([4294967295, undefined, undefined]);
  });
  test.each(["", " 3", "4 ", "+5", "-1", "0x10", "1.0", "1e3", "3\n", "٣"])("%j is none", (text) => {
    expect(parseUint(text)).toBeUndefined();
  });
  test("as delays: 0, and what a timer can't hold, is no limit", () => {
    expect([0, 1, 0x7fffffff, 0x80000000].map(msOrForever)).toEqual([undefined, 1, 0x7fffffff, undefined]);
  });
});

describe("lists of them", () => {
  test.each<[string, number[]]>([["", []], ["7", [7]], ["1,2,3", [1, 2, 3]], ["1:2;3 4\t5\r\n6", [1, 2, 3, 4, 5, 6]], ["1,,; 2,", [1, 2]]])("%j", (text, numbers) => {
    expect(parseUints(text)).toEqual(numbers);
  });
  test.each([",", ",1", "1,x", "x", "1,-2", "1.2", "4294967296"])("%j is none", (text) => expect(parseUints(text)).toBeUndefined());
});

describe("wait status", () => {
  test.prop([fc.nat(255)])("of an exit has the code in its high byte", (code) => {
    expect(exitStatus(code)).toBe(code * 256);
    expect([exitCode(exitStatus(code)), termSignal(exitStatus(code)), hasCore(exitStatus(code))]).toEqual([code, 0, false]);
  });
  test.prop([fc.integer({ min: 1, max: 64 })])("of a signal has it in the low bits, the core beside it", (signal) => {
    expect(termSignal(signalStatus(signal))).toBe(signal);
    expect(termSignal(signalStatus(signal) | 0x80)).toBe(signal);
    expect([hasCore(signalStatus(signal)), hasCore(signalStatus(signal) | 0x80)]).toEqual([false, true]);
  });
});

describe("names in a fifodir", () => {
  test.prop([fc.uint8Array({ minLength: 6, maxLength: 6 })])("are 39 characters that the C tools accept", (random) => {
    const name = fifoName(tainFromUnix(1_700_000_000, 5), random);
    expect(name).toMatch(/^ftrig1:@[0-9a-f]{24}:[A-Za-z0-9_-]{6}$/);
    expect(name.length).toBe(FIFO_NAME_LENGTH);
    expect(name.startsWith(FIFO_PREFIX)).toBe(true);
  });
  test("use all of their six random bytes", () => {
    const names = [0, 1, 2, 3, 4, 5].map((place) =>
      fifoName(tainFromUnix(0, 0), Uint8Array.from({ length: 6 }, (_, at) => (at === place ? 1 : 0))));
    expect(new Set(names).size).toBe(6);
  });
});
