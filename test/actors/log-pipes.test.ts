import { fstatSync } from "node:fs";
import { expect, test } from "vitest";
import { LogPipes } from "../../src/actors/log-pipes.ts";

const pair = (id: number) => ({ id, writer: 0, reader: 1 });

test("both ends of a log pipe lead to the same pipe, and each is closed by itself", () => {
  const pipes = new LogPipes();
  expect(pipes.open([pair(0), pair(5)])).toEqual({ opened: [0, 5], failed: [], reason: "" });
  const [read, write] = [pipes.fd(5, "read"), pipes.fd(5, "write")];
  expect(fstatSync(read).ino).toBe(fstatSync(write).ino);
  pipes.close(5, "write");
  expect(() => pipes.fd(5, "write")).toThrow(RangeError);
  expect(pipes.fd(5, "read")).toBe(read);
  pipes.close(5, "read");
  pipes.close(0, "read");
  pipes.close(0, "write");
  expect(() => pipes.fd(0, "read")).toThrow(RangeError);
});

test("an end is never closed twice: its number may be somebody else's by then", () => {
  const pipes = new LogPipes();
  pipes.open([pair(0)]);
  pipes.close(0, "read");
  expect(() => pipes.close(0, "read")).toThrow(RangeError);
  pipes.close(0, "write");
});
