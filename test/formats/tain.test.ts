import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  formatTain, parseTain, readTain, TAIN_SIZE, tainFromUnix, tainSecondsBetween, tainToUnix, type Tain, writeTain,
} from "../../src/formats/tain.ts";

/** The label of each inserted second, less 2^62 + 10, as skalibs has them. */
const INSERTED = [
  78796800, 94694401, 126230402, 157766403, 189302404, 220924805, 252460806, 283996807, 315532808, 362793609, 394329610,
  425865611, 489024012, 567993613, 631152014, 662688015, 709948816, 741484817, 773020818, 820454419, 867715220,
  915148821, 1136073622, 1230768023, 1341100824, 1435708825, 1483228826,
];
const labelled = (count: number): Tain => `${(2n ** 62n + 10n + BigInt(count)).toString(16)}00000000` as Tain;
const labelOf = (stamp: Tain): number => Number(BigInt(`0x${stamp.slice(0, 16)}`) - 2n ** 62n - 10n);

const anyNano = fc.nat(999_999_999);
/** Up to the year 2500, and often near a leap second. */
const anyUnix = fc.oneof(
  fc.integer({ min: 0, max: 16_725_225_600 }),
  fc.tuple(fc.nat(INSERTED.length - 1), fc.integer({ min: -40, max: 40 })).map(([index, near]) => (INSERTED[index] ?? 0) - index + near),
);

describe("leap seconds", () => {
  test.each(INSERTED.map((label, index) => ({ label, index, unix: label - index })))(
    "number $index separates Unix seconds that follow each other", ({ label, index, unix }) => {
      expect(new Date(unix * 1000).toISOString()).toMatch(/-(01|07)-01T00:00:00/);
      expect(labelOf(tainFromUnix(unix - 1, 0))).toBe(label - 1);
      expect(labelOf(tainFromUnix(unix, 0))).toBe(label + 1);
      expect(tainToUnix(labelled(label - 1))).toBe(unix - 1);
      expect(tainToUnix(labelled(label + 1))).toBe(unix);
      expect(labelOf(tainFromUnix(unix, 0)) - unix).toBe(index + 1);
    });

  test("the inserted second itself, which Unix has no number for, is the one after it", () => {
    for (const [index, label] of INSERTED.entries()) expect(tainToUnix(labelled(label))).toBe(label - index);
  });
  test("there are 27: a label of today is Unix time and 37", () => {
    expect(tainFromUnix(1_700_000_000, 0)).toBe(`${(2n ** 62n + 1_700_000_037n).toString(16)}00000000`);
  });
  test("none before 1972: the label of Unix second 0", () => {
    expect(tainFromUnix(0, 1)).toBe("400000000000000a00000001");
  });
});

test.prop([anyUnix, anyNano])("a stamp tells its Unix second again", (unix, nano) => {
  const stamp = tainFromUnix(unix, nano);
  expect(Math.abs(tainToUnix(stamp) - (unix + nano / 1e9))).toBeLessThan(1e-5); // a double holds no more this late
  expect(tainToUnix(tainFromUnix(unix, 0))).toBe(unix);
});

test.prop([anyUnix, anyUnix, anyNano, anyNano])("stamps sort as text in the order of time", (a, b, nanoA, nanoB) => {
  const order = a === b ? Math.sign(nanoA - nanoB) : Math.sign(a - b);
  const [first, second] = [tainFromUnix(a, nanoA), tainFromUnix(b, nanoB)];
  expect(first < second ? -1 : Number(first > second)).toBe(order);
});

test.prop([anyUnix, anyNano, fc.nat(TAIN_SIZE)])("packing gives back what was packed, at any offset", (unix, nano, offset) => {
  const stamp = tainFromUnix(unix, nano);
  const view = new DataView(new ArrayBuffer(2 * TAIN_SIZE));
  writeTain(view, offset, stamp);
  expect(readTain(view, offset)).toBe(stamp);
});

test.prop([anyUnix, anyNano])("text gives back what was printed, in either case", (unix, nano) => {
  const stamp = tainFromUnix(unix, nano);
  expect(formatTain(stamp)).toMatch(/^@[0-9a-f]{24}$/);
  expect(parseTain(formatTain(stamp))).toBe(stamp);
  expect(parseTain(formatTain(stamp).toUpperCase())).toBe(stamp);
});

test("labels beyond 32 bits carry into the high half", () => {
  expect(tainFromUnix(2 ** 32 - 38, 999_999_999)).toBe("40000000ffffffff3b9ac9ff");
  expect(tainFromUnix(2 ** 32 - 37, 0)).toBe("400000010000000000000000");
  expect(tainToUnix(tainFromUnix(2 ** 32 - 37, 0))).toBe(2 ** 32 - 37);
});

test.each([
  "", "@", "4000000065541f1e00000000", "@4000000065541f1e0000000", "@4000000065541f1e000000000", "@4000000065541f1e0000000g",
  " @4000000065541f1e00000000", "@4000000065541f1e00000000\n",
])("%j is no stamp", (text) => {
  expect(parseTain(text)).toBeUndefined();
});

test("seconds between two stamps count inserted ones, backwards too", () => {
  const before = tainFromUnix(1_483_228_799, 750_000_000);
  const after = tainFromUnix(1_483_228_801, 250_000_000);
  expect(tainSecondsBetween(before, after)).toBe(2.5);
  expect(tainSecondsBetween(after, before)).toBe(-2.5);
});
