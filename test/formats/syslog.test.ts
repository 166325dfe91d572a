import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { datagramLine, translateCode } from "../../src/formats/syslog.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const line = (text: string, { sender = "", keepsCode = false, wentOn = false } = {}): string =>
  datagramLine(bytes(text), sender, keepsCode, wentOn).toString("latin1");

describe("codes", () => {
  const translated = (text: string): string => {
    const { name, text: rest } = translateCode(bytes(text));
    return name + Buffer.from(rest).toString("latin1");
  };
  test.each([
    ["<0>x", "kern.emerg: x"], ["<13>x", "user.notice: x"], ["<30>x", "daemon.info: x"], ["<191>", "local7.debug: "], ["<192>x", "mark.emerg: x"],
    ["<96>x", "unknown.emerg: x"], ["<1024>x", "kern.emerg: x"], ["<0013>x", "user.notice: x"], ["<4294967295>x", "unknown.debug: x"],
  ])("%j is %j", (text, expected) => expect(translated(text)).toBe(expected));
  test.each(["", "x", "<", "<>", "<13", "<1x>", "<-1>", " <13>", "<13 >", "<4294967296>", `<${"9".repeat(400)}>`])("%j has none", (text) => {
    expect(translated(text)).toBe(text);
  });
});

describe("the line of a datagram", () => {
  test.each([
    ["a", "a\n"], ["a\n", "a\n"], ["a\0", "a\n"], ["a\n\0\n", "a\n"], ["a\nb\0c", "a~b~c\n"], ["\n", "\n"], ["\0a", "~a\n"], ["<13>a\n", "user.notice: a\n"],
    ["<13\n>a", "<13~>a\n"], ["<13>\n", "user.notice: \n"], ["\xff\xfe", "\xff\xfe\n"],
  ])("%j is %j", (text, expected) => expect(line(text)).toBe(expected));
  test("says who sent it, before the code", () => {
    expect(line("<13>a", { sender: "::1_5: " })).toBe("::1_5: user.notice: a\n");
  });
  test("keeps its code", () => {
    expect(line("<13>a\nb", { keepsCode: true })).toBe("<13>a~b\n");
  });
  test("shows that it went on", () => {
    expect(line("ab\n", { wentOn: true })).toBe("ab...\n");
  });
  test.prop([fc.uint8Array({ maxLength: 200 })])("is one line, and nothing else is lost", (random) => {
    const made = datagramLine(random, "", true, false);
    expect(made.indexOf(10)).toBe(made.length - 1);
    const shown = made.subarray(0, -1);
    expect(shown).toEqual(Buffer.from(random.map((byte) => (byte === 0 || byte === 10 ? 126 : byte))).subarray(0, shown.length));
    expect(random.subarray(shown.length).every((byte) => byte === 0 || byte === 10)).toBe(true);
  });
});
