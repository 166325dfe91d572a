import fc from "fast-check";
import { expect, test } from "vitest";
import {
  deleteRequest, dumpDataRequest, type DumpEntry, getDumpRequest, listRequest, nextDate, packDate, type PackedDate, retrieveRequest, setDumpRequest, storeRequest,
} from "../../../src/formats/fdholder.ts";
import { frame, MessageReader } from "../../../src/formats/unixmessage.ts";
import type { Held } from "../../../src/machines/fdholder/held.ts";
import { EAGAIN, EBUSY, type Effect, ENFILE, ENOENT, EPERM, Holder, newClient, OK, type Rights } from "../../../src/machines/fdholder/holder.ts";
import { fuzzRuns } from "../../support/fuzz.ts";

/** The holder against a model of it that is too simple to be wrong, and against an account of every descriptor. */

const MOST = 6;
const IDS = ["a", "b", "c", "long:name", "\xff"];
const date = (seconds: number, nano = 0): PackedDate => packDate((0x4000000000000000n + BigInt(seconds)).toString(16) + nano.toString(16).padStart(8, "0"));

const rightsArb = fc.record({ store: fc.subarray(IDS), retrieve: fc.subarray(IDS), list: fc.boolean(), getDump: fc.boolean(), setDump: fc.boolean() });
type RightsSpec = typeof rightsArb extends fc.Arbitrary<infer T> ? T : never;
const rightsOf = ({ store, retrieve, list, getDump, setDump }: RightsSpec): Rights => ({
  mayStore: (id) => store.includes(id), mayRetrieve: (id) => retrieve.includes(id), mayList: list, mayGetDump: getDump, maySetDump: setDump,
});

const idArb = fc.constantFrom(...IDS);
const dateArb = fc.integer({ min: 1, max: 5 }).map((seconds) => date(seconds));
const entriesArb = fc.array(fc.record({ id: idArb, date: dateArb }), { minLength: 1, maxLength: 4 });
const actionArb = fc.oneof(
  fc.record({ type: fc.constant("store" as const), client: fc.nat(1), id: idArb, date: dateArb }),
  fc.record({ type: fc.constant("delete" as const), client: fc.nat(1), id: idArb }),
  fc.record({ type: fc.constant("retrieve" as const), client: fc.nat(1), id: idArb, deletes: fc.boolean() }),
  fc.record({ type: fc.constant("list" as const), client: fc.nat(1) }),
  fc.record({ type: fc.constant("getDump" as const), client: fc.nat(1) }),
  fc.record({ type: fc.constant("setDump" as const), client: fc.nat(1), total: fc.nat(MOST + 1) }),
  fc.record({ type: fc.constant("dumpData" as const), client: fc.nat(1), entries: entriesArb }),
  fc.record({ type: fc.constant("garbage" as const), client: fc.nat(1), bytes: fc.uint8Array({ maxLength: 20 }), descriptors: fc.nat(2) }),
  fc.record({ type: fc.constant("expire" as const), now: dateArb }),
  fc.record({ type: fc.constant("gone" as const) }),
);
type Action = typeof actionArb extends fc.Arbitrary<infer T> ? T : never;

/** Each descriptor has one owner: the kernel sees the same. */
class Account {
  #next = 100;
  readonly open = new Set<number>();

  comes(count: number): number[] {
    const fds = Array.from({ length: count }, () => this.#next++);
    for (const fd of fds) this.open.add(fd);
    return fds;
  }

  closes(fd: number): void {
    expect(this.open.delete(fd), `${fd} is closed once`).toBe(true);
  }
}

interface Model {
  readonly held: Map<string, { readonly fd: number; readonly date: PackedDate }>;
  expected: number[];
}

class World {
  readonly holder = new Holder(MOST);
  readonly account = new Account();
  readonly model: Model = { held: new Map(), expected: [0, 0] };
  readonly rights: readonly RightsSpec[];
  readonly clients: ReturnType<typeof newClient>[];
  /** Messages that have not gone yet. */
  readonly lent: (readonly Held[])[] = [];

  constructor(rights: readonly RightsSpec[]) {
    this.rights = rights;
    this.clients = rights.map((spec) => newClient(rightsOf(spec)));
  }

  act(action: Action): void {
    switch (action.type) {
      case "expire":
        this.perform(this.holder.expire(action.now));
        for (const [id, entry] of this.model.held) if (entry.date <= action.now) this.model.held.delete(id);
        break;
      case "gone":
        for (const lent of this.lent.splice(0)) this.perform(this.holder.returned(lent));
        break;
      default: this.#request(action);
    }
    this.check();
  }

  #request(action: Exclude<Action, { type: "expire" | "gone" }>): void {
    const body = bodyOf(action);
    const fds = this.account.comes(action.type === "store" ? 1 : action.type === "dumpData" ? action.entries.length : action.type === "garbage" ? action.descriptors : 0);
    const client = this.clients[action.client] ?? newClient(rightsOf({ store: [], retrieve: [], list: false, getDump: false, setDump: false }));
    const effects = this.holder.message(client, { body: Buffer.from(body), fds });
    const said = this.perform(effects);
    const wanted = this.#expected(action, fds);
    expect(said.at(-1), action.type).toBe(wanted);
    if (said.at(-1) === "hangUp") {
      this.clients[action.client] = newClient(client.rights); // it comes again
      this.model.expected[action.client] = 0;
    }
  }

  /** What C's would answer; the model follows. */
  #expected(action: Exclude<Action, { type: "expire" | "gone" }>, fds: readonly number[]): number | "hangUp" | undefined {
    const { held, expected } = this.model;
    const rights = this.rights[action.client];
    const awaited = expected[action.client] ?? 0;
    if (rights === undefined || action.type === "garbage") return "hangUp";
    if (awaited > 0 && action.type !== "dumpData") return "hangUp";
    switch (action.type) {
      case "store": {
        if (!rights.store.includes(action.id)) return EPERM;
        if (held.size >= MOST) return ENFILE;
        if (held.has(action.id)) return EBUSY;
        let free = action.date;
        while ([...held.values()].some((entry) => entry.date === free)) free = nextDate(free);
        held.set(action.id, { fd: fds[0] ?? -1, date: free });
        return OK;
      }
      case "delete":
        if (!rights.store.includes(action.id)) return EPERM;
        return held.delete(action.id) ? OK : ENOENT;
      case "retrieve":
        if (!rights.retrieve.includes(action.id) || (action.deletes && !rights.store.includes(action.id))) return EPERM;
        if (!held.has(action.id)) return ENOENT;
        if (action.deletes) held.delete(action.id);
        return OK;
      case "list": return rights.list ? OK : EPERM;
      case "getDump": return !rights.getDump ? EPERM : held.size === 0 ? OK : undefined; // the last message has no code
      case "setDump":
        if (!rights.setDump) return EPERM;
        if (action.total + held.size > MOST) return ENFILE;
        expected[action.client] = action.total;
        return OK;
      case "dumpData":
        if (action.entries.length > awaited) return "hangUp";
        if (held.size + action.entries.length > MOST) return ENFILE;
        for (const [index, entry] of action.entries.entries()) {
          held.delete(entry.id);
          held.set(entry.id, { fd: fds[index] ?? -1, date: entry.date });
        }
        expected[action.client] = awaited - action.entries.length;
        return (expected[action.client] ?? 0) > 0 ? EAGAIN : OK;
    }
  }

  /** The codes of what is sent, undefined for a message of a dump. */
  perform(effects: readonly Effect[]): (number | "hangUp" | undefined)[] {
    const said: (number | "hangUp" | undefined)[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case "send": {
          const reader = new MessageReader(2 ** 20);
          reader.feed(effect.message, effect.lent.map(({ fd }) => fd));
          const body = reader.next()?.body ?? Buffer.alloc(0);
          for (const { fd } of effect.lent) expect(this.account.open.has(fd), "what is sent is open").toBe(true);
          if (effect.lent.length > 0) this.lent.push(effect.lent);
          const isDump = effect.lent.length > 0 && body.length > 1;
          said.push(isDump ? undefined : body[0]);
          break;
        }
        case "keep": expect(this.account.open.has(effect.held.fd)).toBe(true); break;
        case "release": this.account.closes(effect.held.fd); break;
        case "refuse": this.account.closes(effect.fd); break;
        case "hangUp": said.push("hangUp");
      }
    }
    return said;
  }

  check(): void {
    const { holder, model, account, lent } = this;
    expect(Array.from(holder.all(), ({ id, fd, date: at }) => [id, fd, at])).toEqual(Array.from(model.held, ([id, entry]) => [id, entry.fd, entry.date]));
    expect(holder.size).toBe(model.held.size);
    expect(holder.soonest).toBe([...model.held.values()].map((entry) => entry.date).sort()[0]);
    const owned = new Set([...Array.from(holder.all(), ({ fd }) => fd), ...lent.flat().map(({ fd }) => fd)]);
    expect(account.open, "open is what is held or under way").toEqual(owned);
  }
}

function bodyOf(action: Exclude<Action, { type: "expire" | "gone" }>): Uint8Array {
  switch (action.type) {
    case "store": return storeRequest(action.id, action.date);
    case "delete": return deleteRequest(action.id);
    case "retrieve": return retrieveRequest(action.id, action.deletes);
    case "list": return listRequest();
    case "getDump": return getDumpRequest();
    case "setDump": return setDumpRequest(action.total);
    case "dumpData": return dumpDataRequest(action.entries);
    case "garbage": return Buffer.concat([Buffer.from("x"), action.bytes]);
  }
}

test("it does what the model does, and no descriptor is lost or closed twice", () => {
  fc.assert(
    fc.property(fc.tuple(rightsArb, rightsArb), fc.array(actionArb, { maxLength: 60 }), (rights, actions) => {
      const world = new World(rights);
      for (const action of actions) world.act(action);
      world.act({ type: "gone" });
    }),
    { numRuns: 400 },
  );
});

test("equal dates are made distinct when they are stored, not when they come in a dump", () => {
  const holder = new Holder(10);
  const client = newClient(rightsOf({ store: IDS, retrieve: IDS, list: true, getDump: true, setDump: true }));
  const at = packDate("60000000000000003b9ac9fe");
  for (const [index, id] of IDS.entries()) holder.message(client, { body: Buffer.from(storeRequest(id, at)), fds: [index] });
  expect(Array.from(holder.all(), (held) => Buffer.from(held.date, "latin1").toString("hex"))).toEqual([
    "60000000000000003b9ac9fe", "60000000000000003b9ac9ff", "600000000000000100000000", "600000000000000100000001", "600000000000000100000002",
  ]);
  const entries: DumpEntry[] = [{ id: "x", date: at }, { id: "y", date: at }];
  holder.message(client, { body: Buffer.from(setDumpRequest(2)), fds: [] });
  holder.message(client, { body: Buffer.from(dumpDataRequest(entries)), fds: [8, 9] });
  expect(Array.from(holder.all(), (held) => held.date).filter((each) => each === at)).toHaveLength(3);
  expect(holder.expire(at)).toHaveLength(3);
});

/** S6_ACTORS_FUZZ of these: cheap, so that many millions can be had. */
test("whatever bytes come, nothing is stored, given or told that the rights do not grant", { timeout: 600_000 }, () => {
  const bytesOf = randomBytes(fuzzRuns());
  const holder = new Holder(50);
  for (let index = 0; index < 20; index++) holder.restore(index, { id: `secret${index}`, date: date(9) });
  const rights: Rights = { mayStore: (id) => id.startsWith("m"), mayRetrieve: (id) => id.startsWith("m"), mayList: false, mayGetDump: false, maySetDump: false };
  let open = 20;
  let fd = 1000;
  let [reader, client] = [new MessageReader(70_000), newClient(rights)];
  for (const { bytes, descriptors } of bytesOf) {
    open += descriptors;
    try {
      reader.feed(bytes, Array.from({ length: descriptors }, () => fd++));
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        for (const effect of holder.message(client, message)) {
          if (effect.type === "release" || effect.type === "refuse") open--;
          if (effect.type === "keep" && !effect.held.id.startsWith("m")) throw new Error(`stored: ${effect.held.id}`);
          if (effect.type === "send") {
            if (effect.message.length > 7 || effect.lent.some(({ id }) => !id.startsWith("m"))) throw new Error("told too much");
            for (const release of holder.returned(effect.lent)) open -= release.type === "release" ? 1 : 0;
          }
          if (effect.type === "hangUp") throw new Error("hang up");
        }
      }
    } catch (error) {
      if (!(error instanceof Error) || !(error.message === "hang up" || error.name === "MessageError")) throw error;
      open -= reader.fds.length;
      [reader, client] = [new MessageReader(70_000), newClient(rights)];
    }
    if (holder.size + reader.fds.length !== open) throw new Error(`${open} are open, ${holder.size} held`);
  }
  expect(Array.from(holder.all(), ({ id }) => id).filter((id) => id.startsWith("secret"))).toHaveLength(20);
});

/** Messages that are nearly right, cut and glued anywhere: a generator that repeats itself only after 2^32 of them. */
function* randomBytes(runs: number): Generator<{ readonly bytes: Uint8Array; readonly descriptors: number }> {
  let state = 0x9e3779b9;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const ids = ["m1", "m2", "secret1", "secret7", "m".repeat(255), "", "m\0secret1"];
  const anyId = (): string => ids[next(ids.length)] ?? "m";
  const makers: (() => readonly [Uint8Array, number])[] = [
    () => [storeRequest(anyId(), date(1 + next(5))), 1], () => [deleteRequest(anyId()), 0], () => [retrieveRequest(anyId(), next(2) === 0), 0],
    () => [listRequest(), 0], () => [getDumpRequest(), 0], () => [setDumpRequest(next(60)), 0], () => [dumpDataRequest([{ id: anyId(), date: date(next(5)) }]), 1],
  ];
  let rest: Uint8Array = Buffer.alloc(0);
  for (let run = 0; run < runs; run++) {
    const [body, descriptors] = makers[next(makers.length)]?.() ?? [listRequest(), 0];
    const message = frame(body, next(20) === 0 ? next(4) : descriptors);
    if (next(4) === 0) message[next(message.length)] = next(256);
    const cut = next(4) === 0 ? next(message.length + 1) : message.length;
    yield { bytes: rest.length === 0 ? message.subarray(0, cut) : Buffer.concat([rest, message.subarray(0, cut)]), descriptors: next(20) === 0 ? next(4) : descriptors };
    rest = next(2) === 0 ? message.subarray(cut) : Buffer.alloc(0);
  }
}
