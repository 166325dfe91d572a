import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { AWAITED, type Awaited, hear, isReached, phasesOf, type Seen } from "../../src/cli/awaited.ts";

const down: Seen = { up: false, ready: false };
const completelyDown: Seen = { up: false, ready: true };
const up: Seen = { up: true, ready: false };
const upAndReady: Seen = { up: true, ready: true };

const reached = (awaited: Awaited, any: boolean, ...services: Seen[]): boolean =>
  phasesOf(awaited, any, false).slice(-1).every((phase) => isReached(phase, services));

describe("the awaited state", () => {
  it.each([
    ["u", [up, upAndReady], [down, completelyDown]],
    ["U", [upAndReady], [up, down, completelyDown]],
    ["d", [down, completelyDown], [up, upAndReady]],
    ["D", [completelyDown], [down, up, upAndReady]],
  ] as const)("-%s accepts what suits it and nothing else", (awaited, accepted, refused) => {
    for (const seen of accepted) expect(reached(awaited, false, seen)).toBe(true);
    for (const seen of refused) expect(reached(awaited, false, seen)).toBe(false);
  });

  it("is reached by all with -a, by one with -o", () => {
    expect(reached("u", false, up, down)).toBe(false);
    expect(reached("u", true, up, down)).toBe(true);
    expect(reached("u", true, down, down)).toBe(false);
  });

  it("of a restart is first everything down, then everything up", () => {
    expect(phasesOf("r", true, false)).toEqual([
      { wanted: { up: false, ready: false }, any: false },
      { wanted: { up: true, ready: false }, any: true },
    ]);
    expect(phasesOf("R", false, true)).toEqual([
      { wanted: { up: false, ready: true }, any: false },
      { wanted: { up: true, ready: true }, any: false },
    ]);
  });
});

describe("a letter", () => {
  const anyState = fc.constantFrom(down, completelyDown, up, upAndReady);
  const anyWanted = fc.constantFrom(...Object.values(AWAITED).map(({ wanted }) => wanted));

  propertyTest.prop([anyState, anyWanted])("u U d D says what the service is, whatever it was", (seen, wanted) => {
    expect(hear(seen, "u", wanted)).toEqual({ seen: up, failed: false });
    expect(hear(seen, "U", wanted)).toEqual({ seen: upAndReady, failed: false });
    expect(hear(seen, "d", wanted)).toEqual({ seen: down, failed: false });
    expect(hear(seen, "D", wanted)).toEqual({ seen: completelyDown, failed: false });
  });

  propertyTest.prop([anyState, anyWanted])("s changes nothing, nor does an unknown one", (seen, wanted) => {
    expect(hear(seen, "s", wanted)).toEqual({ seen, failed: false });
    expect(hear(seen, "\0", wanted)).toEqual({ seen, failed: false });
  });

  propertyTest.prop([anyState, anyWanted])("x ends the wait for the service", (seen, wanted) => {
    expect(isReached({ wanted, any: false }, [hear(seen, "x", wanted).seen])).toBe(true);
  });

  it("O is a failure for those who want the service up only", () => {
    expect(hear(down, "O", { up: true, ready: true })).toEqual({ seen: upAndReady, failed: true });
    expect(hear(down, "O", { up: false, ready: true })).toEqual({ seen: down, failed: false });
  });

  it.each([
    ["u", up, false],
    ["u", upAndReady, true],
    ["U", upAndReady, false],
    ["d", down, false],
    ["d", completelyDown, true],
    ["D", completelyDown, false],
    ["D", down, true],
    ["u", down, true],
  ] as const)("x with -%s compares both bits (%j: failed %s)", (awaited, seen, failed) => {
    expect(hear(seen, "x", AWAITED[awaited].wanted).failed).toBe(failed);
  });
});
