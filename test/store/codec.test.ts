import { createHash } from "node:crypto";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { EVENTS } from "../../src/formats/fifodir.ts";
import { type Tain, tainFromUnix } from "../../src/formats/tain.ts";
import { STATE_NAMES } from "../../src/machines/supervise/step.ts";
import { decodeRecord, decodeTreeEvent, encodeRecord, encodeTreeEvent } from "../../src/store/codec.ts";
import { DICTIONARY } from "../../src/store/dictionary.ts";
import type { JournalRecord, TreeEvent } from "../../src/store/journal-record.ts";
import { RECORD_VERSION, upcast } from "../../src/store/upcast.ts";
import { crashes } from "./lived.ts";

const anyStamp: fc.Arbitrary<Tain> = fc
  .tuple(fc.nat(4_000_000_000), fc.nat(999_999_999))
  .map(([seconds, nanoseconds]) => tainFromUnix(seconds, nanoseconds));
const anyWord = fc.oneof(
  fc.constantFrom<string>(...DICTIONARY),
  fc.string({ unit: "grapheme" }),
  fc.string({ maxLength: 2 }),
  fc.constantFrom("\u0000", "\u0001", "\u0000s", "0123456789abcdef01234567", "0123456789ABCDEF01234567", "writeStatu"),
);
const anyNumber = fc.oneof(fc.integer(), fc.double({ noNaN: true, min: 0, max: 1e12 }), fc.maxSafeNat());
const anyKey = anyWord.filter((key) => key !== "__proto__" && key !== "at" && key !== "type");
const anyPlain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyWord, anyNumber, fc.boolean(), fc.constant(null), anyStamp,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(anyKey, tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** Fields as facts and effects have them, and any others: the codec must not depend on the shapes of today. */
const anyTold = fc
  .tuple(anyWord, anyStamp, fc.double({ noNaN: true, min: 0, max: 1e12 }), fc.dictionary(anyKey, anyPlain, { maxKeys: 5 }))
  .map(([type, at, ms, fields]) => ({ ...fields, type, at, ms }));
const anyRecord = fc.oneof(
  fc.record({
    kind: fc.constant("fact"), fact: anyTold, state: fc.constantFrom(...STATE_NAMES),
    effects: fc.array(fc.dictionary(anyKey, anyPlain, { maxKeys: 5 }), { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constantFrom("start", "adopt"), at: anyStamp, snapshot: anyPlain }),
  fc.record({ kind: fc.constant("gap"), at: anyStamp, from: anyStamp, to: anyStamp, dropped: fc.nat() }),
) as fc.Arbitrary<unknown> as fc.Arbitrary<JournalRecord>;

describe("codec of journal records", () => {
  test.prop([anyRecord])("decoding gives back what was encoded", (record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  test.prop([anyTold as fc.Arbitrary<unknown> as fc.Arbitrary<TreeEvent>])("events of the tree come back, too", (event) => {
    expect(decodeTreeEvent(encodeTreeEvent(event))).toEqual(event);
  });

  test.prop([fc.uint8Array({ maxLength: 60 })])("bytes that are no record are refused, not misread", (bytes) => {
    try {
      expect(typeof decodeRecord(bytes)).toBe("object");
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  });

  test("the records of a real life come back", () => {
    for (const record of crashes(2).records) expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  test("a record of a crashing service takes at most 200 bytes, two thirds of that on the average", () => {
    const sizes = crashes(5).facts.map((record) => encodeRecord(record).byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
    expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toBeLessThanOrEqual(133);
  });

  test("every word and letter of the machine is in the dictionary once", () => {
    const words = new Set<string>(DICTIONARY);
    expect(words.size).toBe(DICTIONARY.length);
    const used = new Set([...STATE_NAMES, ...Object.keys(EVENTS)]);
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, field] of Object.entries(value)) {
        if (!Array.isArray(value)) used.add(key);
        collect(field);
      }
      if ("type" in value) used.add(String(value.type));
    };
    collect(crashes(1).records);
    used.delete("kind");
    expect([...used].filter((word) => !words.has(word))).toEqual([]);
  });

  test("the codes on disk have not moved", () => {
    const known = DICTIONARY.slice(0, 109).join(" ");
    expect(createHash("sha256").update(known).digest("hex")).toBe("c75feb7df4b9f6cd8b47e6e2dd8e37b31220797b5a935db23874410153c0c126");
  });
});

describe("versions of records", () => {
  test("a record of a later version is refused", () => {
    const bytes = encodeRecord({ kind: "gap", at: tainFromUnix(1, 0), from: tainFromUnix(0, 0), to: tainFromUnix(1, 0), dropped: 3 });
    bytes[0] = RECORD_VERSION + 1;
    expect(() => decodeRecord(bytes)).toThrow(`a record of version ${RECORD_VERSION + 1}`);
  });

  test("an old record is raised step by step", () => {
    const steps = { 1: () => ({ a: 1 }), 2: (old: object) => ({ ...old, b: 2 }) };
    expect(upcast(1, {}, steps, 3)).toEqual({ a: 1, b: 2 });
    expect(upcast(2, {}, steps, 3)).toEqual({ b: 2 });
    expect(() => upcast(0, {}, steps, 3)).toThrow(RangeError);
  });
});
