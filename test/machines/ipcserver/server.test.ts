import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signalNumber } from "../../../src/formats/signals.ts";
import { exitStatus, signalStatus } from "../../../src/formats/wait-status.ts";
import { type Limits, limitsOf } from "../../../src/machines/ipcserver/limits.ts";
import { type Client, newServer, type Server, type ServerEffect, type ServerEvent, step } from "../../../src/machines/ipcserver/server.ts";

const LIMITS: Limits = { verbosity: 2, asksWho: true, most: 3, mostOfUser: 2 };

const servedBy = (effects: readonly ServerEffect[]): Client | undefined => effects.flatMap((effect) => (effect.type === "serve" ? [effect.client] : []))[0];
const saidBy = (effects: readonly ServerEffect[]): string => effects.map((effect) => (effect.type === "say" ? effect.lines.replaceAll("s6-ipcserverd: ", "") : "")).join("");

/** Somebody connects, and a child is started. */
function connect(server: Server, uid: number, pid: number): { readonly effects: readonly ServerEffect[]; readonly said: string } {
  const effects = step(server, { type: "connected", uid, gid: uid + 1 });
  const client = servedBy(effects);
  const said = client === undefined ? saidBy(effects) : saidBy(step(server, { type: "started", pid, client }));
  return { effects, said };
}

describe("who is served", () => {
  test("as many as there is room for, the others have to wait", () => {
    const server = newServer({ ...LIMITS, mostOfUser: 3 });
    expect(connect(server, 5, 100).said).toBe("info: allow 5:6 pid 100 count 1/3\ninfo: status: 1/3\n");
    expect(connect(server, 5, 101).said).toBe("info: allow 5:6 pid 101 count 2/3\ninfo: status: 2/3\n");
    const last = connect(server, 7, 102);
    expect(last.said).toBe("info: allow 7:8 pid 102 count 1/3\ninfo: status: 3/3\n");
    expect(last.effects[0]).toEqual({ type: "accept", on: false });
    const effects = step(server, { type: "ended", pid: 100, waitStatus: exitStatus(3) });
    expect(saidBy(effects)).toBe("info: end pid 100 uid 5 exitcode 3\ninfo: status: 2/3\n");
    expect(effects).toContainEqual({ type: "accept", on: true });
  });

  test("of one user no more than his share, whoever comes then is turned away, at any verbosity", () => {
    for (const verbosity of [0, 1, 2]) {
      const server = newServer({ ...LIMITS, verbosity });
      for (const pid of [1, 2]) connect(server, 5, pid);
      expect(step(server, { type: "connected", uid: 5, gid: 9 })).toEqual([{ type: "refuse" }, { type: "say", lines: "s6-ipcserverd: info: deny 5:9 count 2/2\n" }]);
      expect(servedBy(connect(server, 6, 3).effects)).toEqual({ uid: 6, gid: 7, count: 1 });
      step(server, { type: "ended", pid: 1, waitStatus: signalStatus(9) });
      expect(servedBy(connect(server, 5, 4).effects)).toEqual({ uid: 5, gid: 6, count: 2 });
    }
  });

  test("a connection that no child came of leaves nothing behind", () => {
    const server = newServer({ ...LIMITS, most: 1 });
    const client = servedBy(step(server, { type: "connected", uid: 5, gid: 6 })) as Client;
    expect(step(server, { type: "dropped", client })).toEqual([{ type: "accept", on: true }]);
    expect(server).toMatchObject({ connections: 0, ofUser: new Map(), children: new Map() });
  });

  test("without asking who, there are no users", () => {
    const server = newServer(limitsOf({ ...LIMITS, asksWho: false }));
    expect(connect(server, 0, 10).said).toBe("info: allow ?:? pid 10 count ?/3\ninfo: status: 1/3\n");
    expect(saidBy(step(server, { type: "ended", pid: 10, waitStatus: signalStatus(15) }))).toBe("info: end pid 10 uid ? signal 15\ninfo: status: 0/3\n");
  });
});

describe("limits", () => {
  test.each([
    [{ most: 0, mostOfUser: 40 }, { most: 1, mostOfUser: 1 }], [{ most: 40, mostOfUser: 0 }, { most: 40, mostOfUser: 0 }],
    [{ most: 4_000_000_000, mostOfUser: 4_000_000_000 }, { most: 16_384, mostOfUser: 16_384 }], [{ most: 10, mostOfUser: 40 }, { most: 10, mostOfUser: 10 }],
    [{ most: 40, mostOfUser: 10 }, { most: 40, mostOfUser: 10 }],
  ])("%j become %j", (given, real) => {
    expect(limitsOf({ ...LIMITS, ...given })).toEqual({ ...LIMITS, ...real });
    expect(limitsOf({ ...LIMITS, ...given, asksWho: false }).mostOfUser).toBe(real.most);
  });
});

describe("signals", () => {
  const ALL = [11, 12];
  const TERM_CONT = [signalNumber("TERM"), signalNumber("CONT")];
  test.each([
    ["TERM", undefined, true, "received SIGTERM, quitting"],
    ["HUP", TERM_CONT, false, "received SIGHUP, sending SIGTERM+SIGCONT to all connections"],
    ["QUIT", TERM_CONT, true, "received SIGQUIT, sending SIGTERM+SIGCONT to all connections and quitting"],
    ["ABRT", [signalNumber("KILL")], true, "received SIGABRT, sending SIGKILL to all connections and quitting"],
  ] as const)("SIG%s", (name, signals, quits, text) => {
    for (const verbosity of [0, 1, 2]) {
      const server = newServer({ ...LIMITS, verbosity });
      for (const pid of ALL) connect(server, 5, pid);
      const effects = step(server, { type: "signal", signal: signalNumber(name) });
      expect(effects.filter(({ type }) => type === "kill")).toEqual(signals === undefined ? [] : [{ type: "kill", pids: ALL, signals }]);
      expect(effects.some(({ type }) => type === "exit")).toBe(quits);
      expect(saidBy(effects)).toBe(verbosity < 2 ? "" : `info: ${text}\n${quits ? "info: exiting\n" : ""}`);
    }
  });

  test("others do nothing", () => expect(step(newServer(LIMITS), { type: "signal", signal: signalNumber("USR1") })).toEqual([]));
});

test("warnings are not said at verbosity 0", () => {
  const said = (verbosity: number) => saidBy(step(newServer({ ...LIMITS, verbosity }), { type: "trouble", text: "unable to accept: x" }));
  expect([said(0), said(1), said(2)]).toEqual(["", "warning: unable to accept: x\n", "warning: unable to accept: x\n"]);
});

test("whatever happens, nobody has less than nothing or more than his share, and whoever can be served is", () => {
  const happening = fc.oneof(
    fc.record({ type: fc.constant("connect" as const), uid: fc.integer({ min: 0, max: 3 }), survives: fc.boolean() }),
    fc.record({ type: fc.constant("end" as const), which: fc.nat() }),
    fc.record({ type: fc.constant("adopt" as const), uid: fc.integer({ min: 0, max: 3 }) }),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 5 }), fc.array(happening, { maxLength: 60 }), (most, mostOfUser, happenings) => {
    const limits = limitsOf({ verbosity: 1, asksWho: true, most, mostOfUser });
    const server = newServer(limits);
    /** pid → uid, as somebody else would count. */
    const alive = new Map<number, number>();
    let accepts = true;
    const feed = (event: ServerEvent): readonly ServerEffect[] => {
      const effects = step(server, event);
      for (const effect of effects) if (effect.type === "accept") accepts = effect.on;
      return effects;
    };
    for (const [index, now] of happenings.entries()) {
      const pid = index + 1;
      if (now.type === "connect" && accepts) {
        const client = servedBy(feed({ type: "connected", uid: now.uid, gid: 0 }));
        const before = [...alive.values()].filter((uid) => uid === now.uid).length;
        expect(client?.count).toBe(before < limits.mostOfUser ? before + 1 : undefined);
        if (client !== undefined && now.survives) {
          alive.set(pid, now.uid);
          feed({ type: "started", pid, client });
        } else if (client !== undefined) feed({ type: "dropped", client });
      } else if (now.type === "end" && alive.size > 0) {
        const [ending = 0] = [...alive.keys()].slice(now.which % alive.size);
        alive.delete(ending);
        feed({ type: "ended", pid: ending, waitStatus: exitStatus(0) });
      } else if (now.type === "adopt" && accepts) {
        alive.set(pid, now.uid);
        feed({ type: "adopted", pid, uid: now.uid });
      }
      expect(server.connections).toBe(alive.size);
      expect([...server.children]).toEqual([...alive]);
      const counts = new Map<number, number>();
      for (const uid of alive.values()) counts.set(uid, (counts.get(uid) ?? 0) + 1);
      expect(server.ofUser).toEqual(counts);
      expect(accepts).toBe(alive.size < limits.most);
    }
  }));
});
