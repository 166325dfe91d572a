import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, HEADER_BYTES, MessageError, MessageReader, MOST_DESCRIPTORS } from "../../src/formats/unixmessage.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("a frame is the length, the number of descriptors, the body", () => {
  expect(hex(frame(Buffer.from("L")))).toBe("0000000100004c");
  expect(hex(frame(Buffer.from([0]), 1))).toBe("00000001000100");
});

test("messages come out as they were framed, however the stream is cut", () => {
  const messages = fc.array(fc.record({ body: fc.uint8Array({ maxLength: 600 }), count: fc.integer({ min: 0, max: 5 }) }), { maxLength: 8 });
  fc.assert(fc.property(messages, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, cuts) => {
    const reader = new MessageReader(600);
    const received: { body: string; fds: readonly number[] }[] = [];
    let [next, cut] = [10, 0];
    const expected = sent.map(({ body, count }) => ({ body: hex(body), fds: Array.from({ length: count }, () => next++) }));
    for (const [index, { body, count }] of sent.entries()) {
      const bytes = frame(body, count);
      for (let at = 0; at < bytes.length;) {
        const size = cuts[cut++ % cuts.length] ?? 1;
        reader.feed(bytes.subarray(at, at + size), at === 0 ? (expected[index]?.fds ?? []) : []);
        at += size;
        for (let message = reader.next(); message !== undefined; message = reader.next()) received.push({ body: hex(message.body), fds: message.fds });
      }
    }
    expect(received).toEqual(expected);
    expect(reader.isEmpty).toBe(true);
  }));
});

test("several messages in one piece come out one by one", () => {
  const reader = new MessageReader(10);
  reader.feed(Buffer.concat([frame(Buffer.from("a"), 1), frame(Buffer.from("bc"), 2)]), [7, 8, 9]);
  expect(reader.next()).toMatchObject({ fds: [7] });
  expect(reader.next()).toMatchObject({ fds: [8, 9] });
  expect(reader.next()).toBeUndefined();
});

test.each([
  ["a body that is too long", Buffer.from("0000000b0000", "hex"), []],
  ["more descriptors than any peer may announce", Buffer.from("000000010100", "hex"), []],
  ["descriptors that did not come", Buffer.from("00000001000200", "hex"), [5]],
])("%s is refused as soon as it is announced", (_, bytes, fds) => {
  const reader = new MessageReader(10);
  reader.feed(bytes, fds);
  expect(() => reader.next()).toThrow(MessageError);
  expect(reader.fds).toEqual(fds);
});

test("descriptors that no header explains do not pile up", () => {
  const reader = new MessageReader(10);
  const flood = Array.from({ length: MOST_DESCRIPTORS }, (_, index) => index);
  const feed = (): void => reader.feed(Buffer.from([0]), flood);
  feed();
  feed();
  expect(feed).toThrow(MessageError);
  expect(reader.fds.length).toBe(3 * MOST_DESCRIPTORS);
});

test("whatever bytes come, the reader answers messages or MessageError, and no descriptor is lost", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 4 })), { maxLength: 12 }), (pieces) => {
    const reader = new MessageReader(64);
    const taken: number[] = [];
    let next = 0;
    try {
      for (const [bytes, count] of pieces) {
        reader.feed(bytes, Array.from({ length: count }, () => next++));
        for (let message = reader.next(); message !== undefined; message = reader.next()) {
          expect(message.body.length).toBeLessThanOrEqual(64);
          taken.push(...message.fds);
        }
      }
    } catch (error) {
      expect(error).toBeInstanceOf(MessageError);
    }
    expect([...taken, ...reader.fds]).toEqual(Array.from({ length: next }, (_, index) => index));
  }), { numRuns: Number(process.env["S6_ACTORS_FUZZ"] ?? 20_000) });
});

test("memory grows with what has come, not with what was announced", () => {
  const reader = new MessageReader(2 ** 28);
  const before = process.memoryUsage().arrayBuffers;
  reader.feed(Buffer.from("100000000000", "hex"), []);
  expect(reader.next()).toBeUndefined();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  expect(HEADER_BYTES).toBe(6);
});
