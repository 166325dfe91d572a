import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { parseIntroduction } from "../../../src/actors/shared-host/introduction.ts";

function packet(inherited: readonly number[], labels: readonly number[]): Buffer {
  const numbers = Buffer.alloc(4 * inherited.length);
  for (const [index, number] of inherited.entries()) numbers.writeInt32LE(number, 4 * index);
  return Buffer.concat([Buffer.from(["H".charCodeAt(0), 1, inherited.length, labels.length]), numbers, Buffer.from(labels)]);
}

test("an introduction tells which descriptor is what", () => {
  const fds = [10, 11, 12, 13, 14, 20, 21, 30];
  expect(parseIntroduction({ bytes: packet([3, 251], [8]), fds })).toEqual({
    papers: 10, stdio: [11, 12, 13], cwd: 14, inherited: [[3, 20], [251, 21]], kept: [[8, 30]],
  });
});

test("another version, a wrong count, too few descriptors are not understood", () => {
  const good = packet([3], [0]);
  const fds = [1, 2, 3, 4, 5, 6, 7];
  expect(parseIntroduction({ bytes: good, fds })).toBeDefined();
  expect(parseIntroduction({ bytes: good, fds: fds.slice(1) })).toBeUndefined();
  expect(parseIntroduction({ bytes: good.subarray(1), fds })).toBeUndefined();
  expect(parseIntroduction({ bytes: Buffer.from(good).fill(2, 1, 2), fds })).toBeUndefined();
  expect(parseIntroduction({ bytes: Buffer.alloc(0), fds: [] })).toBeUndefined();
});

property.prop([fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(), { maxLength: 20 })])("whatever is sent, each descriptor is used once or the packet is refused", (bytes, fds) => {
  const distinct = fds.map((_, index) => index);
  const found = parseIntroduction({ bytes: Buffer.concat([Buffer.from("H\u0001"), bytes]), fds: distinct });
  if (found === undefined) return;
  const used = [found.papers, ...found.stdio, found.cwd, ...found.inherited.map(([, fd]) => fd), ...found.kept.map(([, fd]) => fd)];
  expect(used).toEqual(distinct);
});
