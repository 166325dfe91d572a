import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { JournalWriter } from "../../src/store/journal-writer.ts";

/** These tests need a file system of their own: without the right to mount they fail and say so. */
let place: string;
let warnings: string[];
const warn = (text: string): void => void warnings.push(text);
beforeEach(() => {
  warnings = [];
  place = mkdtempSync(join(tmpdir(), "outage-"));
  mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", place);
});
afterEach(() => {
  execFileSync("umount", ["-l", place]);
  rmSync(place, { recursive: true });
});

function mount(...args: readonly string[]): void {
  try {
    execFileSync("mount", args, { stdio: "pipe" });
  } catch (error) {
    throw new Error("this test mounts a small tmpfs and needs the right to do so (root)", { cause: error });
  }
}

function fillDisk(): void {
  const { bavail, bsize } = statfsSync(place);
  writeFileSync(join(place, "ballast"), Buffer.alloc(bavail * bsize));
}

/** Appends `count` records that are numbered from `first`. */
function append(writer: JournalWriter, first: number, count: number): void {
  const service = writer.service(0);
  for (let signal = first; signal < first + count; signal++) {
    const at = tainFromUnix(1_700_000_000 + signal, 0);
    service.append({ fact: { type: "control.signal", signal, at, ms: signal }, state: "down", effects: [] });
  }
}

/** Numbers of the records, and the size of every gap as a negative number. */
async function numbers(dir: string): Promise<number[]> {
  const reader = JournalReader.open(dir);
  const found = [...reader.history(0)].map((read) => {
    if ("damage" in read) throw new Error(read.damage);
    if (read.record.kind === "gap") return -read.record.dropped;
    if (read.record.kind !== "fact" || read.record.fact.type !== "control.signal") throw new Error(read.record.kind);
    return read.record.fact.signal;
  });
  await reader.close();
  return found;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a full disk", () => {
  test("stops the journal with one warning; with room again everything kept is written, the rest is a gap", async () => {
    const dir = join(place, "journal");
    let nowMs = 0;
    const writer = new JournalWriter({ dir, warn, nowMs: () => nowMs, maxWaiting: 5000 });
    append(writer, 0, 100);
    await writer.flush();
    fillDisk();
    let next = 100;
    while (writer.isOpen) {
      append(writer, next, 500);
      next += 500;
      await writer.flush();
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("unable to write: ENOSPC: no space left on device");
    for (; writer.dropped < 700; next += 100) append(writer, next, 100);
    const dropped = writer.dropped;

    for (const atMs of [1000, 3000, 7000, 15_000]) {
      nowMs = atMs;
      append(writer, next++, 1);
      expect(writer.isOpen).toBe(false);
    }
    expect(warnings).toHaveLength(1);

    rmSync(join(place, "ballast"));
    nowMs = 400_000;
    append(writer, next, 1);
    expect(writer.isOpen).toBe(true);
    await writer.flush();
    append(writer, next + 1, 1);
    await writer.close();
    expect(warnings.slice(1)).toEqual([`journal ${dir}: works again, ${writer.dropped} records were lost so far`]);
    const lost = dropped + 5; // the four tries, and the one that opened the journal found every place taken
    expect(await numbers(dir)).toEqual([...upTo(next + 1 - lost), -lost, next + 1]);
  });

  test("at the start is only a warning, and the journal is made when there is room", async () => {
    const dir = join(place, "journal");
    mkdirSync(dir);
    fillDisk();
    let nowMs = 0;
    const writer = new JournalWriter({ dir, warn, nowMs: () => nowMs });
    append(writer, 0, 10);
    await writer.flush();
    expect(writer.isOpen).toBe(false);
    rmSync(join(place, "ballast"));
    nowMs = 1000;
    append(writer, 10, 1);
    await writer.close();
    expect(await numbers(dir)).toEqual(upTo(11));
    expect(warnings).toHaveLength(2);
  });
});

describe("a read-only file system", () => {
  test("is one warning; readers work on it", async () => {
    const dir = join(place, "journal");
    const first = new JournalWriter({ dir, warn });
    append(first, 0, 10);
    await first.close();
    mount("-o", "remount,ro", place);
    const writer = new JournalWriter({ dir, warn });
    append(writer, 10, 10);
    await writer.flush();
    append(writer, 20, 10);
    expect(writer.isOpen).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/Read-only file system|EROFS/);
    expect(await numbers(dir)).toEqual(upTo(10));
    await writer.close();
  });
});
