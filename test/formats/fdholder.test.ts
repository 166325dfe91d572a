import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  dateDigits, deleteRequest, dumpDataRequest, dumpMessage, expiryDate, getDumpAnswer, getDumpRequest, isFar, isNever, isSetDumpAnswer, listAnswer, listRequest,
  MOST_REQUEST_BYTES, nextDate, packDate, type PackedDate, parseDumpMessage, parseGetDumpAnswer, parseList, parseRequest, quoteId, type Request,
  retrieveRequest, setDumpAnswer, setDumpRequest, storeRequest,
} from "../../src/formats/fdholder.ts";
import { frame } from "../../src/formats/unixmessage.ts";

const byte = (least = 0): fc.Arbitrary<string> => fc.integer({ min: least, max: 255 }).map((code) => String.fromCharCode(code));
const idArb = fc.array(byte(1), { minLength: 1, maxLength: 255 }).map((bytes) => bytes.join(""));
const dateArb = fc.array(byte(), { minLength: 12, maxLength: 12 }).map((bytes) => bytes.join("") as PackedDate);
const entryArb = fc.record({ date: dateArb, id: idArb });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("what goes over the wire", () => {
  const never = packDate("600000000000000000000000");

  test("is what C's programs say", () => {
    expect(hex(frame(storeRequest("abc", never), 1))).toBe("0000001200015360000000000000000000000003616263" + "00");
    expect(hex(frame(listRequest()))).toBe("0000000100004c");
    expect(hex(frame(listAnswer(["abc"])))).toBe("0000000900000000000001" + "61626300");
    expect(hex(frame(retrieveRequest("abc", false)))).toBe("000000070000520003" + "61626300");
    expect(hex(setDumpRequest(254))).toBe("21000000fe");
    expect(hex(getDumpAnswer(254))).toBe("0000000002000000fe");
    expect(hex(getDumpAnswer(0))).toBe("000000000000000000");
    expect(hex(setDumpAnswer(506))).toBe("0000000002");
  });

  test.each<[Uint8Array, number, Request]>([
    [storeRequest("a", never), 1, { type: "store", id: "a", date: never }],
    [deleteRequest("a"), 0, { type: "delete", id: "a" }],
    [retrieveRequest("a", true), 0, { type: "retrieve", id: "a", deletes: true }],
    [listRequest(), 0, { type: "list" }],
    [getDumpRequest(), 0, { type: "getDump" }],
    [setDumpRequest(2 ** 32 - 1), 0, { type: "setDump", total: 2 ** 32 - 1 }],
    [dumpDataRequest([{ id: "a", date: never }]), 1, { type: "dumpData", entries: [{ id: "a", date: never }] }],
  ])("is understood: %#", (bytes, descriptors, request) => {
    const body = Buffer.from(bytes);
    expect(parseRequest(body, descriptors)).toEqual(request);
    expect(parseRequest(body, descriptors + 1)).toBeUndefined();
    if (descriptors > 0) expect(parseRequest(body, descriptors - 1)).toBeUndefined();
    expect(parseRequest(Buffer.concat([body, Buffer.from("x")]), descriptors)).toBeUndefined();
    for (let length = 0; length < body.length; length++) expect(parseRequest(body.subarray(0, length), descriptors)).toBeUndefined();
  });

  test("has identifiers and dates of any bytes", () => {
    fc.assert(fc.property(fc.array(entryArb, { minLength: 1, maxLength: 20 }), (entries) => {
      expect(parseDumpMessage(Buffer.from(dumpMessage(entries)), entries.length)).toEqual(entries);
      expect(parseRequest(Buffer.from(dumpDataRequest(entries)), entries.length)).toEqual({ type: "dumpData", entries });
      expect(parseList(Buffer.from(listAnswer(entries.map(({ id }) => id))))).toEqual(entries.map(({ id }) => id));
      for (const { date, id } of entries) expect(parseRequest(Buffer.from(storeRequest(id, date)), 1)).toEqual({ type: "store", date, id });
    }));
  });

  test("has no identifier without a byte, nor one with NUL", () => {
    for (const id of ["", "a\0", "\0", "a\0b"]) {
      expect(parseRequest(Buffer.from(storeRequest(id, never)), 1)).toBeUndefined();
      expect(parseRequest(Buffer.from(deleteRequest(id)), 0)).toBeUndefined();
      expect(parseRequest(Buffer.from(retrieveRequest(id, false)), 0)).toBeUndefined();
      expect(parseRequest(Buffer.from(dumpDataRequest([{ id, date: never }])), 1)).toBeUndefined();
    }
  });

  test("fits where the longest request does", () => {
    const entries = Array.from({ length: 255 }, () => ({ id: "x".repeat(255), date: never }));
    expect(dumpDataRequest(entries)).toHaveLength(MOST_REQUEST_BYTES);
  });

  test("is nothing that random bytes make the parser stumble over", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(3), (bytes, descriptors) => {
      const body = Buffer.from(bytes);
      parseRequest(body, descriptors);
      parseDumpMessage(body, descriptors);
      parseList(body);
      parseGetDumpAnswer(body);
    }));
  });

  test("counts messages by 253 descriptors, and those of older peers by 255", () => {
    expect(parseGetDumpAnswer(Buffer.from("0000000002000000fe", "hex"))).toEqual({ messages: 2, total: 254 });
    expect(parseGetDumpAnswer(Buffer.from("0000000001000000fe", "hex"))).toEqual({ messages: 1, total: 254 });
    expect(parseGetDumpAnswer(Buffer.from("0000000003000000fe", "hex"))).toBeUndefined();
    expect(isSetDumpAnswer(Buffer.from("0000000001", "hex"), 255)).toBe(true);
    expect(isSetDumpAnswer(Buffer.from("0000000001", "hex"), 256)).toBe(false);
  });
});

describe("dates", () => {
  const now = "400000006740000500000001";

  test("sort as their bytes do, and a nanosecond makes the next one", () => {
    fc.assert(fc.property(dateArb, (date) => {
      const next = nextDate(date);
      expect(next > date || dateDigits(date).startsWith("ffffffffffffffff") || Number.parseInt(dateDigits(date).slice(16), 16) >= 1e9).toBe(true);
      expect(packDate(dateDigits(date))).toBe(date);
    }));
    expect(dateDigits(nextDate(packDate(now)))).toBe("400000006740000500000002");
    expect(dateDigits(nextDate(packDate("40000000674000053b9ac9ff")))).toBe("400000006740000600000000");
  });

  test("of a lifetime, and of none", () => {
    expect(dateDigits(expiryDate(now, 1500))).toBe("40000000674000061dcd6501");
    expect(dateDigits(expiryDate("40000000674000053b9ac9ff", 999))).toBe("40000000674000063b8b87bf");
    expect(dateDigits(expiryDate(now, undefined))).toBe("600000006740000500000001");
    expect([isFar(expiryDate(now, undefined)), isNever(expiryDate(now, undefined), now)]).toEqual([true, true]);
    expect([isFar(expiryDate(now, 2 ** 32 - 1)), isNever(expiryDate(now, 2 ** 32 - 1), now)]).toEqual([false, false]);
  });
});

test("an identifier is a line of a list", () => {
  expect(quoteId('plain "text" ~')).toBe('plain "text" ~');
  expect(quoteId("\x07\b\t\n\v\f\r")).toBe("\\a\\b\\t\\n\\v\\f\\r");
  expect(quoteId("\x01\x06\x0e\x1f\x7f\x80\xff\\")).toBe("\\0x01\\0x06\\0x0e\\0x1f\\0x7f\\0x80\\0xff\\\\");
});
