import fc from "fast-check";
import { expect, test } from "vitest";
import { CdbError, cdbRecords, findInCdb, makeCdb } from "../../src/formats/cdb.ts";
import { fuzzRuns } from "../support/fuzz.ts";

const records = fc.array(fc.record({ key: fc.uint8Array({ maxLength: 12 }), data: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 60 });
const hex = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString("hex"));

test("every key is found, with the data of its first record, and no other", () => {
  fc.assert(fc.property(records, fc.uint8Array({ maxLength: 12 }), (all, stranger) => {
    const file = makeCdb(all);
    for (const key of [...all.map((record) => record.key), stranger]) {
      expect(hex(findInCdb(file, key))).toBe(hex(all.find((record) => hex(record.key) === hex(key))?.data));
    }
    expect([...cdbRecords(file)].map(({ key, data }) => [hex(key), hex(data)])).toEqual(all.map(({ key, data }) => [hex(key), hex(data)]));
  }));
});

test("an empty one is a header", () => {
  const file = makeCdb([]);
  expect(file.length).toBe(2048);
  expect(Buffer.from(file).readUInt32LE(0)).toBe(2048);
  expect(findInCdb(file, Buffer.from("uid/0"))).toBeUndefined();
});

test("whatever a file holds, the answer is data within it, or an error of our own", () => {
  const broken = fc.tuple(records, fc.array(fc.tuple(fc.nat({ max: 4000 }), fc.constantFrom(0, 1, 8, 127, 255)), { maxLength: 12 }), fc.nat({ max: 6000 }));
  fc.assert(fc.property(broken, ([all, changes, length]) => {
    const file = makeCdb(all).slice(0, length);
    for (const [at, byte] of changes) if (at < file.length) file[at] = byte;
    const lookUp = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        expect(error).toBeInstanceOf(CdbError);
      }
    };
    for (const { key } of all) lookUp(() => void findInCdb(file, key));
    lookUp(() => expect([...cdbRecords(file)].length).toBeLessThan(file.length));
  }), { numRuns: fuzzRuns() });
});

test("a table without an empty slot is gone through once", () => {
  const key = Buffer.from("uid/0");
  const file = Buffer.from(makeCdb([{ key, data: Buffer.from("D") }]));
  const tableOf = Array.from({ length: 256 }, (_, index) => file.readUInt32LE(8 * index + 4)).findIndex((slots) => slots > 0);
  const table = file.readUInt32LE(8 * tableOf);
  for (let at = table; at < file.length; at += 8) {
    file.writeUInt32LE(0xdeadbeef, at);
    file.writeUInt32LE(2048, at + 4);
  }
  expect(findInCdb(file, key)).toBeUndefined();
});
