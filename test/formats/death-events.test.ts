import { describe, expect, test } from "vitest";
import { type DeathEvents, isAmong, parseDeathEvents } from "../../src/formats/death-events.ts";
import { deathOf } from "../../src/formats/death-tally.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { exitStatus, signalStatus } from "../../src/formats/wait-status.ts";

const events = (text: string): DeathEvents => {
  const parsed = parseDeathEvents(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
};

test("exit codes, intervals and signals, with any separators behind each", () => {
  expect(events("7,9-11; sigterm\nSIG9\r\tUSR1,")).toEqual({ exitCodes: new Set([7, 9, 10, 11]), signals: new Set([15, 9, 10]) });
  expect(events("")).toEqual({ exitCodes: new Set(), signals: new Set() });
});

test.each([
  ["256", "invalid exit code"], ["3-256", "invalid exit code"], ["3-", "invalid interval specification"], ["5-3", "invalid interval"],
  ["SIG65", "invalid signal"], ["SIG33", "invalid signal"], [",3", "invalid status list specification"],
  ["3.4", "invalid status list specification"], ["termx", "invalid status list specification"],
])("%s: %s", (text, problem) => expect(parseDeathEvents(text)).toBe(problem));

describe("a death", () => {
  const death = (status: number) => deathOf(tainFromUnix(1_700_000_000, 0), status);

  test("by a signal is one by its exit code, too", () => {
    for (const text of ["KILL", "137", "0-255"]) expect(isAmong(death(signalStatus(9)), events(text)), text).toBe(true);
    for (const text of ["9", "TERM", "0-99"]) expect(isAmong(death(signalStatus(9)), events(text)), text).toBe(false);
  });

  test("by an exit code is none by a signal", () => {
    expect(isAmong(death(exitStatus(137)), events("137"))).toBe(true);
    expect(isAmong(death(exitStatus(137)), events("KILL"))).toBe(false);
  });
});
