import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_DEATHS } from "../../src/formats/death-tally.ts";
import { type Tain, tainFromUnix } from "../../src/formats/tain.ts";
import { lastState } from "../../src/history/last-state.ts";
import { transitionsOf } from "../../src/history/transitions.ts";
import { type Environment, openForWriting } from "../../src/store/environment.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { type JournalRecord, stampOf } from "../../src/store/journal-record.ts";
import { JournalWriter } from "../../src/store/journal-writer.ts";
import { pastDeaths } from "../../src/store/past-deaths.ts";
import { rebuildTally } from "../../src/store/projections/death-tally.ts";
import { lastStatus } from "../../src/store/projections/status.ts";
import { prune } from "../../src/store/prune.ts";
import { replayHistory } from "../../src/store/replay.ts";

const HISTORIES = join(import.meta.dirname, "..", "histories");
const NOW = tainFromUnix(2_000_000_000, 0);
let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "prune-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const recorded = (name: string): JournalRecord[] =>
  readFileSync(join(HISTORIES, name), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as JournalRecord);

const NAMES = readdirSync(HISTORIES).filter((name) => name.endsWith(".jsonl"));
const longest = (): JournalRecord[] => NAMES.map(recorded).sort((a, b) => b.length - a.length)[0] ?? [];

async function write(id: number, records: readonly JournalRecord[]): Promise<void> {
  const writer = new JournalWriter({ dir, warn: (text) => expect.unreachable(text) });
  const service = writer.service(id);
  for (const record of records) {
    if (record.kind === "fact") service.append(record);
    else if (record.kind === "start" || record.kind === "adopt") service.began(record.kind, record.snapshot);
  }
  await writer.close();
}

async function reading<T>(look: (reader: JournalReader) => T): Promise<T> {
  const reader = JournalReader.open(dir);
  try {
    return look(reader);
  } finally {
    await reader.close();
  }
}

async function writing<T>(change: (environment: Environment) => T | Promise<T>): Promise<T> {
  const environment = await openForWriting(dir);
  try {
    return await change(environment);
  } finally {
    await environment.close();
  }
}

/** What must be the same whether the beginning is there or not. */
const essence = (reader: JournalReader, id: number): object => ({
  status: lastStatus(reader.records(id)),
  tally: rebuildTally(reader.records(id), MAX_DEATHS),
  state: lastState(reader.records(id)),
});

describe.each(NAMES)("the history %s, cut anywhere,", (name) => {
  test("has the same status, tally and state, replays, and has no hole", async () => {
    const records = recorded(name);
    await write(3, records);
    const before = await reading((reader) => essence(reader, 3));
    const step = Math.max(1, Math.floor(records.length / 12));
    for (let kept = records.length - 2; kept > 0; kept -= step) {
      await prune(dir, { records: kept }, NOW, false);
      await reading((reader) => {
        expect(essence(reader, 3), `${kept} kept`).toEqual(before);
        expect(replayHistory(reader.history(3)), `${kept} kept`).toMatchObject({ type: "same", skipped: 0 });
        const left = [...reader.history(3)];
        expect(left.filter((read) => "damage" in read)).toEqual([]);
        expect(left).toHaveLength(kept + 1); // and the checkpoint
        expect([...transitionsOf(reader.records(3))][0]?.kind).toBe("gap");
      });
    }
  });
});

describe("limits", () => {
  const some = longest();

  test("of age remove what is older, but never the newest record", async () => {
    await write(0, some);
    const middle = Math.floor(some.length / 2);
    const at = stampOf(some[middle] as JournalRecord);
    const seconds = (stamp: Tain): number => Number(BigInt(`0x${stamp.slice(0, 16)}`) - 2n ** 62n - 10n);
    const now = tainFromUnix(seconds(at) + 100, 0);
    await prune(dir, { age: 100 }, now, false);
    const stays = some.filter((record) => record.kind !== "fact" || stampOf(record) >= tainFromUnix(seconds(at), 0)).length;
    expect(await reading((reader) => [...reader.records(0)].length)).toBeLessThanOrEqual(stays + 1);
    await prune(dir, { age: 1 }, NOW, false);
    expect(await reading((reader) => [...reader.records(0)].map(({ kind }) => kind))).toEqual(["checkpoint", some.at(-1)?.kind]);
  });

  test("of size take from who has most, and leave the others alone", async () => {
    const facts = some.filter((record) => record.kind === "fact");
    const many = Array.from({ length: Math.floor(19_000 / facts.length) }, () => facts).flat();
    await write(0, some);
    await write(1, many);
    const { before, after, services } = await prune(dir, { size: 2 ** 20 }, NOW, false);
    expect(before).toBeGreaterThan(2 ** 20);
    expect(after).toBeLessThanOrEqual(2 ** 20);
    expect(services.map(({ service }) => service)).toEqual([1]);
    expect(await reading((reader) => [...reader.records(0)].length)).toBe(some.length);
    expect((await prune(dir, { size: 2 ** 20 }, NOW, false)).services).toEqual([]);
  });

  test("are only looked at in a trial", async () => {
    await write(0, some);
    expect((await prune(dir, { records: 10 }, NOW, true)).services).toEqual([{ service: 0, removed: some.length - 10, kept: 10 }]);
    expect(await reading((reader) => [...reader.records(0)].length)).toBe(some.length);
  });

  test("leave nothing to hold when they hold", async () => {
    await write(0, some);
    await prune(dir, { records: 10 }, NOW, false);
    expect((await prune(dir, { records: 10 }, NOW, false)).services).toEqual([]);
  });

  test("are for a journal that is there", async () => {
    await expect(prune(dir, { records: 10 }, NOW, false)).rejects.toThrow("there is no journal here");
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("behind a checkpoint", () => {
  test("the next writer goes on with the numbers, and the tally is found from behind", async () => {
    const records = [...longest(), ...longest()];
    await write(0, records);
    const tally = await reading((reader) => rebuildTally(reader.records(0), MAX_DEATHS));
    expect(tally.length).toBeGreaterThan(1);
    await prune(dir, { records: 10 }, NOW, false);
    expect(await writing(({ file }) => pastDeaths(file, 0, MAX_DEATHS))).toEqual(tally);
    expect(await writing(({ file }) => pastDeaths(file, 0, 1))).toEqual(tally.slice(-1));
    await write(0, records);
    expect(await reading((reader) => [...reader.history(0)].at(-1)?.sequence)).toBe(2 * records.length - 1);
  });

  test("a state that nobody knows because of a hole is not made up", async () => {
    const records = longest();
    const facts = records.filter((record) => record.kind === "fact");
    await write(0, [...facts, ...facts]); // facts without a beginning
    await prune(dir, { records: 10 }, NOW, false);
    await reading((reader) => {
      expect([...reader.records(0)][0]).toMatchObject({ kind: "checkpoint", snapshot: null, removed: 2 * facts.length - 10 });
      expect(replayHistory(reader.history(0))).toEqual({ type: "same", lives: 0, facts: 0, skipped: 10, holes: 1 });
    });
  });
});
