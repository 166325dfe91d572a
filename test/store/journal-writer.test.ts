import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import type { FactRecord } from "../../src/store/journal-record.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { JournalWriter } from "../../src/store/journal-writer.ts";
import { crashes } from "./lived.ts";

let dir: string;
let warnings: string[];
const warn = (text: string): void => void warnings.push(text);
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "writer-")), "journal.d");
  warnings = [];
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

const nth = (signal: number): Omit<FactRecord, "kind"> => ({
  fact: { type: "control.signal", signal, at: tainFromUnix(1_700_000_000 + signal, 0), ms: signal },
  state: "up.ready",
  effects: [],
});

/** Each record as the number it was made of; `lost N` for a gap, the damage as it is told. */
async function written(id: number): Promise<(number | string)[]> {
  const reader = JournalReader.open(dir);
  try {
    return [...reader.history(id)].map((read) => {
      if ("damage" in read) return read.damage;
      if (read.record.kind === "gap") return `lost ${read.record.dropped}`;
      if (read.record.kind !== "fact") return read.record.kind;
      return read.record.fact.type === "control.signal" ? read.record.fact.signal : read.record.fact.type;
    });
  } finally {
    await reader.close();
  }
}

/** Of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the writer", () => {
  test("keeps records in memory until it is opened, and touches nothing before", async () => {
    const writer = new JournalWriter({ dir, warn });
    const service = writer.service(7);
    service.append(nth(0));
    service.append(nth(1));
    expect(readdirSync(join(dir, ".."))).toEqual([]);
    writer.open();
    service.append(nth(2));
    await writer.close();
    expect(await written(7)).toEqual([0, 1, 2]);
    expect(warnings).toEqual([]);
  });

  test("creates files that only the owner can read, unless told otherwise", async () => {
    const writer = new JournalWriter({ dir, warn });
    await writer.flush();
    expect([dir, join(dir, "data.mdb"), join(dir, "lock.mdb")].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o600, 0o600,
    ]);
    await writer.close();
    const open = join(dir, "../open");
    const other = new JournalWriter({ dir: open, warn, modes: { file: 0o644, dir: 0o755 } });
    await other.close();
    await new JournalWriter({ dir: open, warn, modes: { file: 0o644, dir: 0o755 } }).flush();
    expect(statSync(join(open, "data.mdb")).mode & 0o777).toBe(0o644);
  });

  test("tells lives of a service apart and continues its numbering", async () => {
    for (const kind of ["start", "adopt"] as const) {
      const writer = new JournalWriter({ dir, warn });
      const life = crashes(1);
      writer.service(3).began(kind, life.state);
      writer.service(3).append(nth(1));
      await writer.close();
    }
    expect(await written(3)).toEqual(["start", 1, "adopt", 1]);
  });

  test("drops what exceeds the bound, says so once, and leaves a gap record in its place", async () => {
    const writer = new JournalWriter({ dir, warn, maxWaiting: 3 });
    for (let index = 0; index < 10; index++) writer.service(index % 2).append(nth(index));
    writer.tree({ at: nth(10).fact.at, type: "scan" });
    expect(warnings).toEqual([`journal ${dir}: 3 records are waiting, dropping what comes on top`]);
    expect(writer.dropped).toBe(8);
    await writer.flush();
    writer.service(0).append(nth(20));
    writer.service(1).append(nth(21));
    await writer.close();
    expect(await written(0)).toEqual([0, 2, "lost 3", 20]);
    expect(await written(1)).toEqual([1, "lost 4", 21]);
    const reader = JournalReader.open(dir);
    expect([...reader.tree()]).toMatchObject([{ sequence: 0, record: { type: "gap", dropped: 1 } }]);
    expect([...reader.records(0)][2]).toEqual({
      kind: "gap", at: nth(8).fact.at, from: nth(4).fact.at, to: nth(8).fact.at, dropped: 3,
    });
    await reader.close();
    expect(warnings).toHaveLength(1);
  });

  test("puts the gap before what came after the loss, also while the queue is still being worked off", async () => {
    const writer = new JournalWriter({ dir, warn, maxWaiting: 1500 });
    const service = writer.service(0);
    for (let index = 0; index < 1600; index++) service.append(nth(index));
    writer.open();
    await turn();
    await turn(); // the first thousand is on its way
    service.append(nth(1600));
    await writer.close();
    expect((await written(0)).slice(1498)).toEqual([1498, 1499, "lost 100", 1600]);
  });

  test("takes no record after the end", async () => {
    const writer = new JournalWriter({ dir, warn });
    await writer.close();
    writer.service(0).append(nth(0));
    await writer.flush();
    expect(writer.dropped).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("does not bring back what was removed around its directory", async () => {
    const writer = new JournalWriter({ dir: join(dir, "journal"), warn });
    writer.service(0).append(nth(0));
    await writer.close();
    expect(warnings[0]).toContain("unable to open: ENOENT");
    expect(existsSync(dir)).toBe(false);
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path)],
    ["a link", (path: string) => symlinkSync("/dev/null", path)],
  ])("is not opened when its lock file is %s: lmdb would die of it", async (_what, make) => {
    mkdirSync(dir);
    make(join(dir, "lock.mdb"));
    const writer = new JournalWriter({ dir, warn });
    writer.service(0).append(nth(0));
    await writer.close();
    expect(warnings).toEqual([`journal ${dir}: unable to open: lock.mdb is not a file; history is kept in memory for a while, services are not affected`]);
  });

  test("works while the directory cannot be made, and writes everything once it can", async () => {
    writeFileSync(dir, "a file in the way");
    let nowMs = 0;
    const writer = new JournalWriter({ dir, warn, nowMs: () => nowMs });
    writer.service(0).append(nth(0));
    writer.open();
    writer.service(0).append(nth(1));
    await turn();
    expect(writer.isOpen).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`journal ${dir}: unable to open: ENOTDIR`);
    nowMs = 1000;
    writer.service(0).append(nth(2)); // tries, in vain, and without another word
    await turn();
    expect(warnings).toHaveLength(1);
    rmSync(dir);
    nowMs = 2999;
    writer.service(0).append(nth(3));
    await turn();
    expect(writer.isOpen).toBe(false);
    nowMs = 3000;
    writer.service(0).append(nth(4));
    await turn();
    expect(writer.isOpen).toBe(true);
    await writer.close();
    expect(await written(0)).toEqual([0, 1, 2, 3, 4]);
    expect(warnings.slice(1)).toEqual([`journal ${dir}: works again, 0 records were lost so far`]);
  });

  test("notices that the directory was taken away, and begins a new one", async () => {
    let nowMs = 0;
    const writer = new JournalWriter({ dir, warn, nowMs: () => nowMs });
    writer.service(0).append(nth(0));
    await writer.flush();
    rmSync(dir, { recursive: true });
    nowMs = 60_000;
    writer.service(0).append(nth(1));
    await writer.flush();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("the directory was taken away");
    nowMs = 61_000;
    writer.service(0).append(nth(2));
    await writer.close();
    expect(await written(0)).toEqual([1, 2]);
    expect(warnings.slice(1)).toEqual([`journal ${dir}: works again, 0 records were lost so far`]);
  });

  test.for([
    { name: "no LMDB file at all", bytes: Buffer.alloc(8192, "x"), code: "is not an LMDB file" },
    { name: "too short for a meta page", bytes: Buffer.alloc(10), code: "is not an LMDB file" },
  ])("does not write to a data.mdb that is $name", async ({ bytes, code }) => {
    const first = new JournalWriter({ dir, warn });
    await first.flush();
    await first.close();
    writeFileSync(join(dir, "data.mdb"), bytes);
    const writer = new JournalWriter({ dir, warn });
    writer.service(0).append(nth(0));
    await writer.flush();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(code);
    expect(() => JournalReader.open(dir)).toThrow(expect.objectContaining({ name: "JournalError", code: "MDB_INVALID" }));
    await writer.close();
  });
});
