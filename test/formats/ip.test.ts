import { fc, test } from "@fast-check/vitest";
import { isIP } from "node:net";
import { describe, expect } from "vitest";
import { formatIp, formatIpPort, parseIp, parseIpPort } from "../../src/formats/ip.ts";

const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list)),
);

describe("IP addresses", () => {
  test.prop([address])("are read as they are written", (bytes) => {
    expect(parseIp(formatIp(bytes))).toEqual(bytes);
  });
  test.prop([address])("look as the machine writes them", (bytes) => {
    if (bytes.length === 4) expect(isIP(formatIp(bytes))).toBe(4);
    // A URL keeps the last 32 bits of what is mapped from IPv4 in hex, too.
    else expect(`[${formatIp(bytes)}]`).toBe(new URL(`http://[${formatIp(bytes)}]`).hostname);
  });
  test.prop([fc.ipV6()])("of version 6 are read in every form but with dots", (text) => {
    const parsed = parseIp(text);
    if (text.includes(".")) expect(parsed).toBeUndefined();
    else expect(`[${formatIp(parsed ?? new Uint8Array(4))}]`).toBe(new URL(`http://[${text}]`).hostname);
  });
  test.each([
    ["127.000.0.01", "127.0.0.1"], ["::", "::"], ["1::", "1::"], ["::7", "::7"], ["2001:DB8::1", "2001:db8::1"], ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"], ["0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"], ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"], ["10:0:0:20:30:0:0:1", "10::20:30:0:0:1"],
  ])("%s is %s", (text, expected) => expect(formatIp(parseIp(text) ?? new Uint8Array(4))).toBe(expected));
  test.each(["", "1.2.3", "1.2.3.4.5", "1.2.3.", "256.0.0.1", "1.2.3.-4", "1.2.3.4 ", ":", ":::", "1:2", "1::2::3", ":1::2", "1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "::g", "12345::", "::1%lo", "::1.2.3.4"])(
    "%j is none", (text) => expect(parseIp(text)).toBeUndefined());
});

describe("IP and port", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1_514"], ["127.0.0.1_7", "127.0.0.1_7"], ["127.0.0.1:0065535", "127.0.0.1_65535"], ["::1", "::1_514"], ["::1:5", "::1:5_514"],
    ["::1_0", "::1_0"],
  ])("%s is %s", (text, expected) => {
    const found = parseIpPort(text, 514);
    expect(found === undefined ? undefined : formatIpPort(found)).toBe(expected);
  });
  test.each(["", "_", "_5", "127.0.0.1_", "127.0.0.1:", "127.0.0.1_65536", "127.0.0.1_4294967297", "127.0.0.1_x", "127.0.0.1_+5", "127.0.0.1_5_5", "127.0.0.1:5:5", "localhost"])(
    "%j is none", (text) => expect(parseIpPort(text, 514)).toBeUndefined());
});
