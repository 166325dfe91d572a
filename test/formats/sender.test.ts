import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONTROL_LETTERS, isControlLetter } from "../../src/formats/control.ts";
import { type Sender, SignedReader, signLetters } from "../../src/formats/sender.ts";

const ANA: Sender = { uid: 1000, pid: 4321, command: "s6-svc -d /run/service/ä" };
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const heard = (reader: SignedReader, text: string): [string, Sender | undefined][] =>
  [...reader.read(bytes(text))].map(({ byte, sender }) => [String.fromCharCode(byte), sender]);

describe("letters with a sender", () => {
  test("a note without end is not kept, and its letters have no sender", () => {
    const reader = new SignedReader();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 100; round++) expect(heard(reader, (round === 0 ? "\xfa" : "") + "\x83".repeat(100_000))).toEqual([]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
    expect(heard(reader, "\xfbd\xfcu")).toEqual([["d", undefined], ["u", undefined]]);
    expect(heard(reader, signLetters("o", ANA))).toEqual([["o", ANA]]);
  });

  test("are the same letters to a supervisor that knows no senders", () => {
    const sent = signLetters("du", ANA);
    expect([...sent].filter((character) => isControlLetter(character)).join("")).toBe("du");
    expect(bytes(sent).filter((byte) => byte < 0x80)).toHaveLength(2);
  });

  test("come with their sender, and those of others without", () => {
    expect(heard(new SignedReader(), `x${signLetters("du", ANA)}k`)).toEqual([["x", undefined], ["d", ANA], ["u", ANA], ["k", undefined]]);
  });

  test("come with it in whatever pieces they are read", () => {
    const letters = fc.string({ unit: fc.constantFrom(...CONTROL_LETTERS), minLength: 1, maxLength: 8 });
    const sender = fc.record({ uid: fc.nat(), pid: fc.nat(), command: fc.string({ unit: "grapheme", maxLength: 60 }) });
    fc.assert(fc.property(fc.array(fc.tuple(letters, fc.option(sender, { nil: undefined }))), fc.nat({ max: 50 }), (messages, size) => {
      const sent = messages.map(([text, by]) => (by === undefined ? text : signLetters(text, by))).join("");
      const reader = new SignedReader();
      const found: [string, Sender | undefined][] = [];
      for (let at = 0; at < sent.length; at += size + 1) found.push(...heard(reader, sent.slice(at, at + size + 1)));
      expect(found).toEqual(messages.flatMap(([text, by]) => [...text].map((letter) => [letter, by])));
    }));
  });

  test("fit into one write of a FIFO, however long the command line is", () => {
    const sent = signLetters("d".repeat(62), { ...ANA, command: "x".repeat(100_000) });
    expect(sent.length).toBeLessThan(4096);
    expect(heard(new SignedReader(), sent)[0]?.[1]).toMatchObject({ uid: 1000, pid: 4321, command: expect.stringMatching(/^x+$/) as string });
  });

  test("lose a note that makes no sense, not the letters", () => {
    expect(heard(new SignedReader(), "\xfa\x80\x81\xfbd\xfcu")).toEqual([["d", undefined], ["u", undefined]]);
    expect(heard(new SignedReader(), "\xfbd")).toEqual([["d", undefined]]);
  });
});
