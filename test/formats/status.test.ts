import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import {
  decodeStatus, encodeStatus, isNotStartedYet, isUp, type ServiceStatus, STATUS_SIZE,
} from "../../src/formats/status.ts";
import { type Tain, tainFromUnix } from "../../src/formats/tain.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const anyTain = fc.tuple(fc.nat(2 ** 31 - 1), fc.nat(999_999_999)).map(([seconds, nano]) => tainFromUnix(seconds, nano));
const anyStatus: fc.Arbitrary<ServiceStatus> = fc.record({
  changedAt: anyTain, readyAt: anyTain, pid: fc.nat(4_194_304), waitStatus: fc.nat(0xffff),
  paused: fc.boolean(), finishing: fc.boolean(), wantedUp: fc.boolean(), ready: fc.boolean(),
});

/** Written by s6-supervise: up, wanted up, not ready, no death yet. */
const UP = "40000000 6b00a9c6 0be65753 40000000 6b00a9c6 0bdfa000 00000000 00004deb 0000 04";
const up: ServiceStatus = {
  changedAt: "400000006b00a9c60be65753" as Tain, readyAt: "400000006b00a9c60bdfa000" as Tain, pid: 0x4deb, waitStatus: 0,
  paused: false, finishing: false, wantedUp: true, ready: false,
};

test("a status of s6-supervise is read, and written byte for byte", () => {
  expect(decodeStatus(bytesOf(UP))).toEqual(up);
  expect(Buffer.from(encodeStatus(up)).toString("hex")).toBe(UP.replaceAll(" ", ""));
});

test.prop([anyStatus])("decoding gives back what was encoded", (status) => {
  const bytes = encodeStatus(status);
  expect(bytes.byteLength).toBe(STATUS_SIZE);
  expect(decodeStatus(bytes)).toEqual(status);
});

test.each([["paused", 1], ["finishing", 2], ["wantedUp", 4], ["ready", 8]] as const)("%s is the bit of value %i", (flag, bit) => {
  const none = { ...up, wantedUp: false };
  expect(encodeStatus(none)[34]).toBe(0);
  expect(encodeStatus({ ...none, [flag]: true })[34]).toBe(bit);
});

test.prop([anyStatus, fc.nat(4_194_304)])("a status of 2.13, with a process group in it, says the same", (status, pgid) => {
  const bytes = encodeStatus(status);
  const group = new Uint8Array(8);
  new DataView(group.buffer).setUint32(4, pgid);
  expect(decodeStatus(Uint8Array.from([...bytes.slice(0, 32), ...group, ...bytes.slice(32)]))).toEqual(status);
});

test("the length decides: a few bytes too many are not yet the layout of 2.13", () => {
  const bytes = encodeStatus({ ...up, waitStatus: 0x0300 });
  expect(decodeStatus(Uint8Array.from([...bytes, ...new Uint8Array(7)]))).toEqual({ ...up, waitStatus: 0x0300 });
  expect(decodeStatus(Uint8Array.from([...bytes, ...new Uint8Array(8)]))?.waitStatus).toBe(0);
});

test.prop([fc.nat(STATUS_SIZE - 1)])("fewer than 35 bytes are no status", (size) => {
  expect(decodeStatus(new Uint8Array(size))).toBeUndefined();
});

test("a status inside a larger buffer is read from its own place", () => {
  const bytes = Uint8Array.from([1, 2, 3, ...encodeStatus(up)]);
  expect(decodeStatus(bytes.subarray(3))).toEqual(up);
});

test("a finishing service is not up", () => {
  expect([up, { ...up, finishing: true }, { ...up, pid: 0 }].map(isUp)).toEqual([true, false, false]);
});

test("not started yet is: paused, though there is no process", () => {
  const never = { ...up, pid: 0, paused: true };
  const others = [{ ...never, pid: 7 }, { ...never, paused: false }, { ...never, finishing: true }];
  expect([never, ...others].map(isNotStartedYet)).toEqual([true, false, false, false]);
});
