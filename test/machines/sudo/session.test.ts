import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSudoRequest, parseSudoRequest } from "../../../src/formats/sudo.ts";
import { CONNECTED, step, type SudoEffect, type SudoEvent, type SudoRules, type SudoState } from "../../../src/machines/sudo/session.ts";

const RULES: SudoRules = { words: ["prog", "-x"], environment: ["PATH=/bin", "ASKED="], nullStdin: false, nullStdout: false, ownStderr: false, watchesClient: true };
const DETACHED: SudoRules = { ...RULES, nullStdin: true, nullStdout: true, ownStderr: true, watchesClient: false };
const FDS = [10, 11, 12];

const message = (args: readonly string[], variables: readonly string[] = [], fds: readonly number[] = FDS): SudoEvent =>
  ({ type: "message", body: makeSudoRequest({ args, variables }), fds });

/** What a session does, event by event. */
function story(events: readonly SudoEvent[], rules: SudoRules = RULES): { state: SudoState; effects: (readonly SudoEffect[])[] } {
  let state = CONNECTED;
  const effects = events.map((event) => {
    const [next, done] = step(state, event, rules);
    state = next;
    return done;
  });
  return { state, effects };
}

const last = (events: readonly SudoEvent[], rules?: SudoRules): readonly SudoEffect[] => story(events, rules).effects.at(-1) ?? [];
const said = (effects: readonly SudoEffect[]): string[] => effects.map((effect) => (effect.type === "send" ? Buffer.from(effect.bytes).toString("latin1") : effect.type));

test("a client is greeted, asks, is told that its command was started, and how it ended", () => {
  const { state, effects } = story([
    { type: "connected" }, message(["a", "b"], ["ASKED=yes", "PATH=/evil"]), { type: "started", pid: 7 }, { type: "ended", status: 0x0400 },
  ]);
  expect(effects.map(said)).toEqual([["watch", "s6-sudo b v1.0\n"], ["watch", "spawn", "close"], ["watch", "\0"], ["\0\0\x04\0", "end"]]);
  expect(effects[1]).toEqual([
    { type: "watch", what: "nothing" },
    { type: "spawn", words: ["prog", "-x", "a", "b"], environment: ["PATH=/bin", "ASKED=yes"], stdio: [{ client: 10 }, { client: 11 }, { client: 12 }] },
    { type: "close", fds: FDS },
  ]);
  expect(effects[3]?.at(-1)).toEqual({ type: "end", code: 0 });
  expect(state).toEqual({ phase: "over" });
});

test("what the command does not get from the client, it gets from us; all descriptors are closed", () => {
  expect(last([message([])], DETACHED)).toMatchObject([{}, { type: "spawn", stdio: ["null", "null", "own"] }, { type: "close", fds: FDS }]);
});

test("a command ends with its client, and that is all that is said", () => {
  const gone = last([message([]), { type: "started", pid: 7 }, { type: "hungUp" }]);
  expect(gone).toEqual([{ type: "terminate", pid: 7 }, { type: "end", code: 1 }]);
  expect(last([message([]), { type: "started", pid: 7 }, { type: "unsendable", reason: "" }])).toEqual(gone);
});

test("one that is detached goes on without its client", () => {
  const { effects } = story([message([]), { type: "started", pid: 7 }, { type: "unsendable", reason: "" }, { type: "ended", status: 0 }], DETACHED);
  expect(effects.slice(1).map(said)).toEqual([["\0"], [], ["\0\0\0\0", "end"]]);
});

test("a command that can't be started ends the session without an answer", () => {
  expect(last([message([]), { type: "failed", message: "unable to spawn prog: reason" }])).toEqual([{ type: "end", code: 111, message: "unable to spawn prog: reason" }]);
});

test.each([
  [[], "client did not send 3 fds"], [[10, 11], "client did not send 3 fds"], [[10, 11, 12, 13], "client did not send 3 fds"],
] as const)("a request with the descriptors %j is refused", (fds, text) => {
  expect(last([message(["a"], [], fds)])).toEqual([{ type: "close", fds }, { type: "end", code: 100, message: text }]);
});

test("a request that is wrong is refused, and its descriptors are closed", () => {
  expect(last([{ type: "message", body: Buffer.from("abc"), fds: FDS }])).toEqual([{ type: "close", fds: FDS }, { type: "end", code: 100, message: "wrong client message" }]);
  const short = Buffer.from(makeSudoRequest({ args: ["a"], variables: [] }));
  short[18] = 2;
  expect(said(last([{ type: "message", body: short, fds: FDS }]))).toEqual(["close", "\x16", "end"]);
});

test("nothing at all is no command", () => {
  expect(last([message([])], { ...RULES, words: [] })).toEqual([{ type: "close", fds: FDS }, { type: "end", code: 100, message: "client and server args both empty" }]);
});

test.each([
  [{ type: "unreadable", reason: "Success" }, 111, "unable to read message from client: Success"],
  [{ type: "timedOut", reason: "Connection timed out" }, 111, "unable to read message from client: Connection timed out"],
  [{ type: "unsendable", reason: "Broken pipe" }, 111, "unable to write banner to client: Broken pipe"],
  [{ type: "flooded" }, 100, "client did not send 3 fds"],
] as const)("%j before the request ends the session", (event, code, text) => {
  expect(last([{ type: "connected" }, event])).toEqual([{ type: "end", code, message: text }]);
});

/** Events in any order, with descriptors that are never the same. */
const events = fc.array(fc.oneof(
  fc.constantFrom<SudoEvent>(
    { type: "connected" }, { type: "flooded" }, { type: "unreadable", reason: "r" }, { type: "unsendable", reason: "r" }, { type: "timedOut", reason: "r" },
    { type: "started", pid: 7 }, { type: "failed", message: "m" }, { type: "ended", status: 9 }, { type: "hungUp" },
  ),
  fc.tuple(fc.constantFrom(3, 3, 3, 0, 2, 4), fc.oneof(fc.constant(Buffer.from(makeSudoRequest({ args: ["a"], variables: [] }))), fc.uint8Array({ maxLength: 60 })))
    .map(([count, body]): SudoEvent => ({ type: "message", body, fds: Array.from({ length: count }, () => 0) })),
), { maxLength: 10 }).map((list) => {
  let fd = 100;
  return list.map((event): SudoEvent => (event.type === "message" ? { ...event, fds: event.fds.map(() => fd++) } : event));
});

test("whatever happens: one command at most, after a valid request; each descriptor is closed once; one end, and nothing behind it", () => {
  fc.assert(fc.property(events, fc.constantFrom(RULES, DETACHED), (list, rules) => {
    const { effects } = story(list, rules);
    const all = effects.flat();
    const spawnAt = effects.findIndex((some) => some.some(({ type }) => type === "spawn"));
    expect(all.filter(({ type }) => type === "spawn").length).toBeLessThanOrEqual(1);
    if (spawnAt >= 0) {
      const asked = list[spawnAt];
      expect(asked?.type === "message" && asked.fds.length === 3 && !("fault" in parseSudoRequest(asked.body))).toBe(true);
    }
    const came = list.flatMap((event) => (event.type === "message" ? event.fds : []));
    expect(all.flatMap((effect) => (effect.type === "close" ? effect.fds : []))).toEqual(came);
    const endAt = all.findIndex(({ type }) => type === "end");
    expect(endAt < 0 || all.slice(endAt + 1).every(({ type }) => type === "close")).toBe(true);
    // Who is told of an end has been told of a start.
    const statusAt = all.findIndex((effect) => effect.type === "send" && effect.bytes.length === 4);
    expect(statusAt < 0 || all.slice(0, statusAt).some((effect) => effect.type === "send" && effect.bytes[0] === 0)).toBe(true);
  }), { numRuns: 5000 });
});
