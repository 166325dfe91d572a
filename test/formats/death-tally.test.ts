import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { type Death, DEATH_SIZE, deathOf, decodeDeathTally, encodeDeathTally, withDeath } from "../../src/formats/death-tally.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { exitStatus, signalStatus } from "../../src/formats/wait-status.ts";

const at = tainFromUnix(1_700_000_000, 1);
const anyDeath: fc.Arbitrary<Death> = fc
  .tuple(fc.nat(2 ** 31 - 1), fc.oneof(fc.nat(255).map(exitStatus), fc.integer({ min: 1, max: 64 }).map(signalStatus)))
  .map(([seconds, status]) => deathOf(tainFromUnix(seconds, 7), status));

test("a death by SIGTERM ends in 8f 0f, an exit in its code and 00", () => {
  const tail = (status: number): string =>
    Buffer.from(encodeDeathTally([deathOf(at, status)]).slice(12)).toString("hex");
  expect(tail(signalStatus(15))).toBe("8f0f");
  expect(tail(exitStatus(111))).toBe("6f00");
  expect(tail(signalStatus(11) | 0x80)).toBe("8b0b"); // with a core dump
});

test("a record is its stamp, then these two", () => {
  expect(Buffer.from(encodeDeathTally([deathOf(at, 0)])).toString("hex")).toBe(`${at}0000`);
});

test.prop([fc.array(anyDeath)])("decoding gives back what was encoded", (deaths) => {
  const bytes = encodeDeathTally(deaths);
  expect(bytes.byteLength).toBe(deaths.length * DEATH_SIZE);
  expect(decodeDeathTally(bytes)).toEqual(deaths);
});

test.prop([fc.nat(100), fc.integer({ min: 1, max: DEATH_SIZE - 1 })])("a size that cuts a record is corruption", (whole, rest) => {
  expect(decodeDeathTally(new Uint8Array(whole * DEATH_SIZE + rest))).toBeUndefined();
});

test.prop([fc.array(anyDeath), anyDeath, fc.integer({ min: 1, max: 12 })])("a new death comes last, and the oldest go", (tally, death, max) => {
  const kept = withDeath(encodeDeathTally(tally), death, max);
  expect(kept).toEqual(encodeDeathTally([...tally, death].slice(-max)));
});

test("a corrupt tally takes no death", () => {
  expect(withDeath(new Uint8Array(DEATH_SIZE + 1), deathOf(at, 0), 5)).toBeUndefined();
});
