import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { c, IDLE } from "../support/c-tree.ts";
import { OUR_BIN, ours } from "../support/executables.ts";
import { eventually, pidOf, read, type Scan, scan, scanIn } from "../interop/svscan-tree.ts";

/** After so many records a tree looks at its limits. */
const MANY = 5500;

/** So many commands that change nothing, and a record for each. */
async function command(servicedir: string, count: number): Promise<void> {
  const fd = openSync(join(servicedir, "supervise", "control"), constants.O_WRONLY);
  for (let left = count; left > 0; left -= 500) {
    writeSync(fd, "u".repeat(Math.min(500, left)));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  closeSync(fd);
}

async function recordsOf(tree: Scan, name: string): Promise<{ count: number; hasCheckpoint: boolean; damage: number }> {
  const { reader, id } = JournalReader.openService(tree.path(name));
  const history = [...reader.history(id)];
  await reader.close();
  const records = history.flatMap((entry) => ("record" in entry ? [entry.record] : []));
  return { count: records.length, hasCheckpoint: records[0]?.kind === "checkpoint", damage: history.length - records.length };
}

describe("a journal that grows", () => {
  test("is kept within the limits that the command line sets, and the services notice nothing", async () => {
    const tree = await scan({ "a/run": IDLE, "quiet/run": IDLE }, { args: ["-k", "records=100"] });
    tree.up("a", "quiet");
    const pid = pidOf(tree.path("a"));
    await command(tree.path("a"), MANY);
    await eventually(async () => (await recordsOf(tree, "a")).hasCheckpoint).toBe(true);
    const { count, damage } = await recordsOf(tree, "a");
    expect(damage).toBe(0);
    expect(count).toBeLessThan(MANY / 2);
    expect((await recordsOf(tree, "quiet")).hasCheckpoint).toBe(false);
    expect(pidOf(tree.path("a"))).toBe(pid);
    expect(ours("s6-svhistory", "--verify", tree.scandir)).toMatchObject({ exitCode: 0 });
    expect(ours("s6-replay", tree.scandir)).toMatchObject({ exitCode: 0 });
    expect(tree.stderr()).toBe("");
  });

  test("obeys the limits in .s6-svscan/keep from the moment on that they are there; a wrong one is told once", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    await command(tree.path("a"), MANY);
    const keep = tree.path(".s6-svscan", "keep");
    writeFileSync(keep, "records=few\n");
    await command(tree.path("a"), MANY);
    await eventually(() => tree.stderr()).toBe("s6-svscan: warning: .s6-svscan/keep: invalid limit: records=few; the limits stay as they were\n");
    writeFileSync(keep, "records=100\n");
    await command(tree.path("a"), MANY);
    await eventually(async () => (await recordsOf(tree, "a")).hasCheckpoint).toBe(true);
    rmSync(keep);
  });

  test("is taken over after kill -9 as if nothing had been removed", async () => {
    const first = await scan({ "a/run": IDLE, "b/run": "#!/bin/sh\nexit 3\n", "b/down": "" }, { stdio: ["ignore", "ignore"] });
    first.up("a");
    c("s6-svc", "-o", first.path("b"));
    await eventually(() => ours("s6-svdt", first.path("b")).stdout).not.toBe("");
    await command(first.path("a"), 300);
    await eventually(async () => (await recordsOf(first, "a")).count).toBeGreaterThan(300);
    expect(ours("s6-svprune", "-k", "records=10", first.scandir).exitCode).toBe(0);
    const pid = pidOf(first.path("a"));
    first.process.kill("SIGKILL");
    await first.ended;
    const tally = ours("s6-svdt", first.path("b")).stdout;
    rmSync(join(first.path("b"), "supervise", "death_tally"));
    const second = await scanIn(first.scandir);
    second.up("a");
    expect(pidOf(second.path("a"))).toBe(pid);
    await eventually(() => ours("s6-svdt", second.path("b")).stdout).toBe(tally);
  });
});

test("kill -9 of s6-svprune at any moment leaves every history whole", { timeout: 120_000 }, async () => {
  const tree = await scan({ "a/run": IDLE, "b/run": IDLE });
  tree.up("a", "b");
  const names = ["a", "b"] as const;
  for (let round = 0; round < 20; round++) {
    for (const name of names) await command(tree.path(name), 1000);
    const child: ChildProcess = spawn(join(OUR_BIN, "s6-svprune"), ["-k", "records=50", tree.scandir], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    onTestFinished(() => void child.kill("SIGKILL"));
    await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 60)); // it takes some 70 ms in all
    child.kill("SIGKILL");
    await ended;
    for (const name of names) {
      const { reader, id } = JournalReader.openService(tree.path(name));
      expect(replayHistory(reader.history(id)), `${name}, ${round}`).toMatchObject({ type: "same", skipped: 0 });
      expect([...reader.history(id)].filter((entry) => "damage" in entry), `${name}, ${round}`).toEqual([]);
      await reader.close();
    }
  }
  expect(read(tree.path("a", "supervise", "journal"))).not.toBe("");
});
