import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBufferKey } from "ordered-binary";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deathOf } from "../../src/formats/death-tally.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { openForWriting } from "../../src/store/environment.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { stampOf } from "../../src/store/journal-record.ts";
import { JournalWriter } from "../../src/store/journal-writer.ts";
import { writePointer } from "../../src/store/pointer.ts";
import { deathsIn, rebuildTally } from "../../src/store/projections/death-tally.ts";
import { lastStatus } from "../../src/store/projections/status.ts";
import { prune } from "../../src/store/prune.ts";
import { Registry } from "../../src/store/registry.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { crashes, type Life } from "./lived.ts";

let place: string;
let dir: string;
let reader: JournalReader | undefined;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "reader-"));
  dir = join(place, "journal");
});
afterEach(async () => {
  await reader?.close();
  reader = undefined;
  rmSync(place, { recursive: true, force: true });
});

async function record(id: number, ...lives: readonly Life[]): Promise<void> {
  const writer = new JournalWriter({ dir, warn: (text) => expect.unreachable(text) });
  const service = writer.service(id);
  for (const { records } of lives) {
    for (const lived of records) {
      if (lived.kind === "fact") service.append(lived);
      else if (lived.kind !== "gap" && lived.kind !== "checkpoint") service.began(lived.kind, lived.snapshot);
    }
  }
  await writer.close();
}

const open = (): JournalReader => (reader = JournalReader.open(dir));

/** Puts bytes at a key, or takes the key away. */
async function tamper(key: [number, number], bytes: Uint8Array | undefined): Promise<void> {
  const environment = await openForWriting(dir);
  await (bytes === undefined ? environment.facts.remove(key) : environment.facts.put(key, bytes));
  await environment.close();
}

/** Fails where there is no end. */
function* limited<T>(records: Iterable<T>): Generator<T> {
  let count = 0;
  for (const record of records) {
    if (++count > 100_000) throw new Error("there is no end");
    yield record;
  }
}

describe("the reader", () => {
  test("goes from the service directory to its history", async () => {
    const registry = Registry.open(dir);
    const servicedir = join(place, "foo");
    mkdirSync(join(servicedir, "supervise"), { recursive: true });
    const [pointer] = registry.claim([{ name: "foo", path: servicedir, pointer: undefined }]);
    if (pointer === undefined) throw new Error("nothing was granted");
    writePointer(servicedir, pointer);
    const life = crashes(1);
    await record(pointer.id, life);
    const found = JournalReader.openService(servicedir);
    reader = found.reader;
    expect([...reader.records(found.id)].slice(1)).toEqual(life.facts);
    expect(reader.services()).toMatchObject([{ id: 0, name: "foo", path: servicedir }]);
    writePointer(servicedir, { ...pointer, uuid: "0f4c1b1e-7a64-4d3e-9d2f-000000000001" });
    expect(() => JournalReader.openService(servicedir)).toThrow(expect.objectContaining({ code: "ESTALE" }));
    expect(() => JournalReader.openService(place)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  test("reads parts of a history, and its last record", async () => {
    await record(5, crashes(3));
    await record(6, crashes(1));
    const sequences = (range: object): number[] => [...open().history(5, range)].map(({ sequence }) => sequence);
    expect(sequences({ from: 3, to: 5 })).toEqual([3, 4, 5]);
    expect(sequences({ to: 1 })).toEqual([0, 1]);
    expect(sequences({})).toHaveLength(20);
    expect(reader?.last(5)).toMatchObject({ sequence: 19, record: { fact: { type: "deadline.reached" } } });
    expect(reader?.last(7)).toBeUndefined();
    expect(reader?.deaths(6)).toHaveLength(1);
  });

  test("says that there is no journal", () => {
    expect(open).toThrow(expect.objectContaining({ name: "JournalError", code: "ENOENT", path: dir }));
  });

  test("finds the first record since a moment by halving", async () => {
    const life = crashes(20);
    await record(0, life);
    const whole = open();
    // The first one bears the time of the test.
    for (const [index, lived] of [...life.records.entries()].slice(2)) expect(whole.firstSince(0, stampOf(lived))).toBe(index);
    expect(whole.firstSince(0, tainFromUnix(1_900_000_000, 0))).toBe(life.records.length);
    expect(whole.firstSince(7, tainFromUnix(0, 0))).toBe(0);
    await whole.close();
    await tamper([0, 60], undefined);
    const [, after] = life.records.slice(60);
    expect(after === undefined ? -1 : open().firstSince(0, stampOf(after))).toBeLessThanOrEqual(61);
  });

  test("shows missing and unreadable records in their places", async () => {
    await record(0, crashes(1));
    await tamper([0, 2], undefined);
    await tamper([0, 3], undefined);
    await tamper([0, 5], Buffer.from([9, ...Buffer.alloc(20)]));
    expect([...open().history(0)].filter((read) => "damage" in read)).toEqual([
      { sequence: 2, damage: "2 records are missing" },
      { sequence: 5, damage: expect.stringMatching(/bytes behind the record/) as unknown },
    ]);
  });

  test("tells what was pruned between two looks, and does not count it twice", async () => {
    await record(0, crashes(200));
    const [whole, reading] = [[...open().history(0)].length, open().history(0)];
    expect(reading.next().value).toMatchObject({ sequence: 0 });
    await prune(dir, { records: 100 }, tainFromUnix(2_000_000_000, 0), false);
    const rest = [...reading];
    const damaged = rest.filter((read) => "damage" in read);
    expect(damaged).toEqual([{ sequence: expect.any(Number) as number, damage: expect.stringMatching(/were removed while they were read$/) as string }]);
    expect(rest.filter((read) => "record" in read && read.record.kind === "checkpoint")).toEqual([]);
    expect(rest.slice(-100).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, index) => whole - 100 + index));
    expect([...open().history(0)].slice(0, 2)).toMatchObject([{ record: { kind: "checkpoint" } }, { sequence: whole - 100 }]);
  });

  test("follows no link, wherever it leads", () => {
    mkdirSync(dir);
    symlinkSync("/etc/passwd", join(dir, "data.mdb"));
    expect(open).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });

  test("a journal that nobody has written to has nothing yet", () => {
    mkdirSync(dir);
    writeFileSync(join(dir, "data.mdb"), "");
    expect(open).toThrow(expect.objectContaining({ code: "EEMPTY" }));
  });

  test("tells damage inside of the file by its place, and does not die of it", async () => {
    await record(0, crashes(300));
    const path = join(dir, "data.mdb");
    const size = statSync(path).size;
    const fd = openSync(path, "r+");
    for (let page = 2; page * 4096 < size; page++) writeSync(fd, Buffer.alloc(2048, 0xff), 0, 2048, page * 4096 + 16);
    closeSync(fd);
    expect(() => [...open().history(0)]).toThrow(expect.objectContaining({ name: "JournalError", code: "MDB_CORRUPTED" }));
  });

  test("reads nothing when it was closed, whoever has that descriptor now", async () => {
    await record(0, crashes(1));
    const closed = open();
    await closed.close();
    await closed.close();
    expect(() => [...closed.history(0)]).toThrow("unable to read: it was closed");
  });

  test("refuses a truncated file instead of dying of it", async () => {
    await record(0, crashes(300));
    const path = join(dir, "data.mdb");
    truncateSync(path, statSync(path).size - 4096 * 8);
    expect(() => [...open().history(0)]).toThrow(expect.objectContaining({ code: "ETRUNCATED" }));
  });

  test("has an end whichever bit of a key is wrong", async () => {
    await record(0, crashes(12));
    const path = join(dir, "data.mdb");
    const whole = readFileSync(path);
    const start = toBufferKey([0, 2]).subarray(0, 11); // of many keys of this service
    const keys: number[] = [];
    for (let at = whole.indexOf(start); at >= 0; at = whole.indexOf(start, at + 1)) keys.push(at);
    expect(keys.length).toBeGreaterThan(50);
    let damaged = 0;
    for (const at of keys) {
      for (const bit of [0, 3, 9, 84, 90, 95, 100]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at + (bit >> 3)) ^ (1 << (bit & 7)), at + (bit >> 3));
        writeFileSync(path, bytes);
        const reader = JournalReader.open(dir);
        for (const read of [() => [...limited(reader.history(0))], () => reader.newest(0, 1e6), () => reader.firstSince(0, tainFromUnix(1_800_000_000, 0))]) {
          try {
            read();
          } catch (error) {
            expect(error).toMatchObject({ name: "JournalError", code: "MDB_CORRUPTED" });
            damaged++;
          }
        }
        void reader.close();
      }
    }
    expect(damaged).toBeGreaterThan(0);
  });

  test("refuses a file that is no environment", async () => {
    await record(0, crashes(1));
    writeFileSync(join(dir, "data.mdb"), Buffer.alloc(40_960, 7));
    expect(open).toThrow(expect.objectContaining({ code: "MDB_INVALID" }));
  });
});

describe("projections", () => {
  test("the fold of the journal is what the files must hold", async () => {
    const life = crashes(4).tell({ type: "run.spawned", pid: 77, notifies: false, pidfile: false });
    await record(0, life);
    const records = [...open().records(0)];
    const died = life.facts.map(({ fact }) => fact).filter((fact) => fact.type === "run.died");
    expect(rebuildTally(records, 100)).toEqual(died.map(({ at, waitStatus }) => deathOf(at, waitStatus)));
    expect(rebuildTally(records, 2)).toEqual(died.slice(-2).map(({ at, waitStatus }) => deathOf(at, waitStatus)));
    expect(rebuildTally(records, 0)).toEqual([]);
    expect(lastStatus(records)).toMatchObject({ pid: 77, wantedUp: true, finishing: false });
    expect(lastStatus([])).toBeUndefined();
  });

  test("the tally keeps what max-death-tally said at each death, the history keeps every death", () => {
    const life = crashes(1);
    for (const maxDeaths of [2, 2, 0]) {
      life.tell(
        { type: "run.spawned", pid: 5, notifies: false, pidfile: false },
        { type: "run.died", waitStatus: 0x100, maxDeaths },
        { type: "finish.absent" },
        { type: "deadline.reached" },
      );
    }
    expect(rebuildTally(life.records, 100)).toHaveLength(2);
    expect([...deathsIn(life.records)]).toHaveLength(4);
  });
});

describe("replay of a history", () => {
  test("comes out as it was lived, life by life", async () => {
    await record(0, crashes(3), crashes(1));
    expect(replayHistory(open().history(0))).toEqual({ type: "same", lives: 2, facts: 19 + 7, skipped: 0, holes: 0 });
    expect(replayHistory(open().history(1))).toEqual({ type: "same", lives: 0, facts: 0, skipped: 0, holes: 0 });
  });

  test("tells the first record that is decided otherwise today", async () => {
    const life = crashes(2);
    const altered = life.records.map((lived, sequence) =>
      sequence === 5 && lived.kind === "fact" ? { ...lived, state: "down" } : lived,
    );
    life.records.splice(0, altered.length, ...altered);
    await record(0, crashes(1), life);
    expect(replayHistory(open().history(0))).toMatchObject({
      type: "diverged",
      lives: 2,
      facts: 7 + 4,
      found: { sequence: 8 + 5, state: "ending", divergence: { expected: { state: "down" }, actual: { state: "finish" } } },
    });
  });

  test("goes on with the next life behind a hole", async () => {
    await record(0, crashes(1), crashes(1));
    await tamper([0, 3], undefined);
    expect(replayHistory(open().history(0))).toEqual({ type: "same", lives: 2, facts: 2 + 7, skipped: 4, holes: 1 });
  });
});
