import { expect, onTestFinished, test } from "vitest";
import { KeptMemory } from "../../../src/actors/log/kept-memory.ts";
import { RecordBuffer } from "../../../src/actors/log/record-buffer.ts";
import { closeFd } from "../../../src/sys/files.ts";

function made(numbers = 3, parts = 2): KeptMemory {
  const memory = KeptMemory.make(numbers, parts);
  onTestFinished(() => closeFd(memory.fd));
  return memory;
}

test("who opens it finds what was noted last, and nothing before the first note", () => {
  const memory = made();
  expect(new KeptMemory(memory.fd, 3).saved).toBeUndefined();
  memory.note((into) => into.set([1, 2, 3]));
  memory.note((into) => into.set([4, 5, 6]));
  expect([...(new KeptMemory(memory.fd, 3).saved ?? [])]).toEqual([4, 5, 6]);
});

test("a note that was cut short is none", () => {
  const memory = made();
  memory.note((into) => into.set([1, 2, 3]));
  expect(() => memory.note((into) => {
    into.set([7, 7]);
    throw new Error("killed");
  })).toThrow("killed");
  expect([...(new KeptMemory(memory.fd, 3).saved ?? [])]).toEqual([1, 2, 3]);
});

test("records are where they were, however much a part has grown", () => {
  const memory = made();
  const line = Buffer.from("x".repeat(1000));
  const records = new RecordBuffer(memory.part(1));
  for (let count = 0; count < 1000; count++) records.add(Buffer.alloc(0), line, 0, line.length);
  records.pass(1001);
  memory.note((into) => void records.save(into, 0));
  const again = new KeptMemory(memory.fd, 3);
  const restored = new RecordBuffer(again.part(1));
  restored.restore(again.saved ?? new Float64Array(3), 0);
  expect(restored.length).toBe(999 * 1001);
  expect(restored.endAfter(1)).toBe(1001);
});

test("a burst's memory is given back, and the header stays", () => {
  const memory = made();
  memory.note((into) => into.set([1, 2, 3]));
  const area = memory.part(0);
  area.bytes.fill(1, 0, 100_000);
  area.shrink();
  expect(area.bytes[90_000]).toBe(0);
  expect([...(memory.saved ?? [])]).toEqual([1, 2, 3]);
});
