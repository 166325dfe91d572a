import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { hasJournal } from "../../src/store/pointer.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { IDLE, IDLE_READY, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { fill, makeRoom, mountDisk, NO_ROOM } from "../support/disk.ts";
import { ours } from "../support/executables.ts";
import { killProcessesBelow, processesIn } from "../support/processes.ts";
import { eventually, isAlive, type Scan, scanIn } from "../interop/svscan-tree.ts";

/** A re-exec that the new program would not survive is refused: while there is no room for it, the old one goes on. */

const REFUSED = "not upgrading, the old program goes on";
const UPGRADED = "upgraded in place";
const FILES = {
  "a/run": IDLE, "b/run": IDLE_READY, "b/notification-fd": "3\n",
  "l/run": "#!/bin/sh\nwhile echo; do sleep 0.05; done\n", "l/log/run": "#!/bin/sh\nexec cat >/dev/null\n",
};
const NAMES = ["a", "b", "l/log"];

async function startTree(scandir: string, more: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Scan> {
  writeTree(scandir, { ...FILES, ...more });
  const tree = await scanIn(scandir, { stdio: ["ignore", "pipe"], args });
  onTestFinished(() => killProcessesBelow(scandir));
  tree.up("a", "b", "l", "l/log");
  await eventually(() => hasJournal(tree.path(".s6-svscan", "journal"))).toBe(true);
  return tree;
}

const count = (tree: Scan, text: string): number => tree.stderr().split(text).length - 1;
const pidsOf = (tree: Scan): number[][] => NAMES.map((name) => processesIn(tree.path(name)));
const kill = (tree: Scan): void => untilHeard(tree.path("a"), "d.*u", "s6-svc", "-k", tree.path("a"));

async function reexec(tree: Scan, answer: string): Promise<void> {
  const before = count(tree, answer);
  expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
  await eventually(() => count(tree, answer) > before || !isAlive(tree.pid)).toBe(true);
  expect(count(tree, answer), tree.stderr()).toBe(before + 1);
}

/** Refused twice, and nobody notices; commands are obeyed. Answers the processes that were left. */
async function expectRefused(tree: Scan, reason: string): Promise<number[][]> {
  const [before, upgraded] = [pidsOf(tree), count(tree, UPGRADED)];
  for (const _time of [1, 2]) await reexec(tree, REFUSED);
  expect(tree.stderr()).toMatch(new RegExp(`${REFUSED}: .*${reason}`));
  expect(pidsOf(tree)).toEqual(before);
  kill(tree);
  const after = pidsOf(tree);
  expect(after[0]).toHaveLength(1);
  expect(after[0]).not.toEqual(before[0]);
  expect(after.slice(1)).toEqual(before.slice(1));
  expect(count(tree, UPGRADED)).toBe(upgraded);
  return after;
}

/** Now there is room: the same processes under the new program, which obeys. */
async function expectUpgrade(tree: Scan, pids: number[][]): Promise<void> {
  await reexec(tree, UPGRADED);
  kill(tree);
  expect(pidsOf(tree).slice(1)).toEqual(pids.slice(1));
  expect(isAlive(pids[0]?.[0] ?? -1)).toBe(false);
}

test("a scan directory on a full disk: refused, until there is room; no death is missing in the journal", async () => {
  const scandir = makeTempDirectory();
  mountDisk(scandir, 1024);
  const tree = await startTree(scandir, {}, ["-C", "20"]);
  fill(scandir);
  const pids = await expectRefused(tree, NO_ROOM);
  makeRoom(scandir);
  await expectUpgrade(tree, pids);
  tree.control("t");
  expect(await tree.ended).toMatchObject({ exitCode: 0 });
  const { reader, id } = JournalReader.openService(tree.path("a"));
  expect(reader.deaths(id).map(({ signal }) => signal)).toEqual([9, 9, 15]);
  expect(replayHistory(reader.history(id))).toMatchObject({ type: "same" });
  await reader.close();
});

test("a journal on a full disk of its own: refused, until there is room", async () => {
  const disk = makeTempDirectory();
  mountDisk(disk, 1024);
  const scandir = makeTempDirectory();
  mkdirSync(join(scandir, ".s6-svscan"), { recursive: true, mode: 0o700 });
  const journal = join(disk, "journal");
  writeTree(scandir, FILES);
  const tree = await scanIn(scandir, { stdio: ["ignore", "pipe"], args: ["-j", journal] });
  tree.up("a", "b", "l", "l/log");
  await eventually(() => hasJournal(journal)).toBe(true);
  fill(disk);
  const pids = await expectRefused(tree, NO_ROOM);
  makeRoom(disk);
  await expectUpgrade(tree, pids);
});

test("a tree whose ledger is not on the disk has nothing to leave behind: refused", async () => {
  const scandir = makeTempDirectory();
  const control = join(scandir, ".s6-svscan");
  mountDisk(control, 1024);
  fill(control);
  writeTree(scandir, FILES);
  const tree = await scanIn(scandir, { stdio: ["ignore", "pipe"] });
  tree.up("a", "b", "l", "l/log");
  makeRoom(control);
  await expectRefused(tree, "ledger");
});

test("a ledger that was removed under a tree: refused", async () => {
  const tree = await startTree(makeTempDirectory());
  rmSync(tree.path(".s6-svscan", "ledger"));
  await expectRefused(tree, "ledger");
});

test("descriptors that have run out: refused, until services have gone that had some", async () => {
  const others = Array.from({ length: 20 }, (_, index) => `other${index}`);
  const tree = await startTree(makeTempDirectory(), Object.fromEntries(others.map((name) => [`${name}/run`, IDLE])));
  tree.up(...others);
  const limit = (descriptors: number): void => {
    expect(spawnSync("prlimit", ["--pid", String(tree.pid), `--nofile=${descriptors}:${descriptors}`]).status).toBe(0);
  };
  const open = (): number => readdirSync(`/proc/${tree.pid}/fd`).length;
  const before = open();
  limit(192 + 20); // that many are reserved for s6-svscan itself
  const pids = await expectRefused(tree, "descriptors");
  for (const name of others) renameSync(tree.path(name), tree.path(`.${name}`));
  tree.control("an");
  await eventually(open).toBeLessThan(before - 50);
  await expectUpgrade(tree, pids);

  limit(open() + 10);
  await expectRefused(tree, "descriptors");
});
