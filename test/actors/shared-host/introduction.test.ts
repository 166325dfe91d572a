import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { IntroductionReader } from "../../../src/actors/shared-host/introduction.ts";
import { plainOrder } from "../../../src/actors/shared-host/orders.ts";

const head = (inherited: readonly number[], kept = 0, children = 0, version = 2) =>
  plainOrder("H", version, inherited.length, kept, children, 0, ...inherited);

test("an introduction tells which descriptor is what", () => {
  const reader = new IntroductionReader();
  expect(reader.take({ bytes: head([3, 251], 1), fds: [10, 11, 12, 13, 14, 20, 21] })).toBe("more");
  expect(reader.take({ bytes: plainOrder("L", 8), fds: [30] })).toEqual({
    papers: 10, stdio: [11, 12, 13], cwd: 14, inherited: new Map([[3, 20], [251, 21]]), kept: new Map([[8, 30]]), children: [], wasTaken: false,
  });
  expect(reader.fds).toEqual([10, 11, 12, 13, 14, 20, 21, 30]);
});

test("what is kept, and children, come in as many packets as they need", () => {
  const reader = new IntroductionReader();
  const packets = [
    { bytes: head([], 3, 2), fds: [1, 2, 3, 4, 5] },
    { bytes: plainOrder("L", 0, 70_000), fds: [6, 7] },
    { bytes: plainOrder("L", 5), fds: [8] },
    { bytes: plainOrder("B", 1, 4711, -1), fds: [] },
    { bytes: plainOrder("B", 9, 4712, 1000), fds: [] },
  ];
  const taken = packets.map((packet) => reader.take(packet));
  expect(taken.slice(0, -1)).toEqual(["more", "more", "more", "more"]);
  expect(taken.at(-1)).toMatchObject({
    kept: new Map([[0, 6], [70_000, 7], [5, 8]]),
    children: [{ id: 1, pid: 4711, tag: 2 ** 32 - 1 }, { id: 9, pid: 4712, tag: 1000 }],
  });
});

const FIVE = [1, 2, 3, 4, 5];
test.each<[string, readonly { bytes: Uint8Array; fds: readonly number[] }[]]>([
  ["another version", [{ bytes: head([], 0, 0, 1), fds: FIVE }]],
  ["too few descriptors", [{ bytes: head([3]), fds: FIVE }]],
  ["too many", [{ bytes: head([]), fds: [...FIVE, 6] }]],
  ["half a word", [{ bytes: head([]).subarray(0, -1), fds: FIVE }]],
  ["nothing", [{ bytes: new Uint8Array(0), fds: [] }]],
  ["a number twice", [{ bytes: head([3, 3]), fds: [...FIVE, 6, 7] }]],
  ["what is kept before all else", [{ bytes: plainOrder("L", 1), fds: [1] }]],
  ["a label twice", [{ bytes: head([], 3), fds: FIVE }, { bytes: plainOrder("L", 1), fds: [6] }, { bytes: plainOrder("L", 1), fds: [7] }]],
  ["more than was announced", [{ bytes: head([], 1), fds: FIVE }, { bytes: plainOrder("L", 1, 2), fds: [6, 7] }]],
  ["a label without a descriptor", [{ bytes: head([], 2), fds: FIVE }, { bytes: plainOrder("L", 1, 2), fds: [6] }]],
  ["half a child", [{ bytes: head([], 0, 1), fds: FIVE }, { bytes: plainOrder("B", 1, 2), fds: [] }]],
  ["more children than were announced", [{ bytes: head([], 0, 1), fds: FIVE }, { bytes: plainOrder("B", 1, 2, 3, 4, 5, 6), fds: [] }]],
])("%s is not understood", (_name, packets) => {
  const reader = new IntroductionReader();
  expect(packets.map((packet) => reader.take(packet)).at(-1)).toBeUndefined();
  expect(reader.fds).toEqual(packets.flatMap(({ fds }) => fds));
});

const packet = fc.record({ letter: fc.constantFrom("H", "L", "B", "F"), words: fc.array(fc.nat(6), { maxLength: 12 }), count: fc.nat(8) });
property.prop([fc.nat(3), fc.nat(3), fc.nat(3), fc.array(packet, { maxLength: 6 })])("whatever is sent, each descriptor is used once or the whole is refused", (inherited, kept, children, packets) => {
  let next = 0;
  const fresh = (count: number) => Array.from({ length: count }, () => next++);
  const reader = new IntroductionReader();
  let found = reader.take({ bytes: head(Array.from({ length: inherited }, (_, index) => index + 3), kept, children), fds: fresh(5 + inherited) });
  for (const { letter, words, count } of packets) if (found === "more") found = reader.take({ bytes: plainOrder(letter, ...words), fds: fresh(count) });
  expect(reader.fds).toEqual(Array.from({ length: next }, (_, index) => index));
  if (found === undefined || found === "more") return;
  expect([found.papers, ...found.stdio, found.cwd, ...found.inherited.values(), ...found.kept.values()]).toEqual(reader.fds);
  expect(found.children).toHaveLength(children);
});
