import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { c, IDLE, IDLE_READY, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { killProcessesBelow, processesByDirectory } from "../support/processes.ts";
import { isSupervised, read, type Scan, scanIn } from "../interop/svscan-tree.ts";

/** S6_ACTORS_KILLS=500 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_KILLS"] ?? 50);
const KINDS: readonly Readonly<Record<string, string>>[] = [
  { run: IDLE },
  { run: IDLE_READY, "notification-fd": "3\n" },
  { run: "#!/bin/sh\nexec sleep 0.4\n" },
  { run: IDLE, finish: "#!/bin/sh\nexec sleep 0.1\n" },
  { run: "#!/bin/sh\nexec sleep 0.2\n", finish: "#!/bin/sh\nexec sleep 0.1\n", "max-death-tally": "5\n" },
  { run: IDLE, down: "" },
  { run: "#!/bin/sh\ntrap '' TERM\nexec sleep 1000\n", "timeout-kill": "200\n" },
];
/** A death that was not committed when a tree was killed is in the tally, and not in the journal. */
const SILENT = { stdio: ["ignore", "ignore"], unlike: ["supervise/death_tally"] } as const;
const LETTERS = "udoktrpchi12";
const services = Array.from({ length: 190 }, (_, index) => `s${index}`);
const logged = Array.from({ length: 5 }, (_, index) => `l${index}`);

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Nobody listens when the tree is dead: then the letter is lost, as it would be in C. */
function command(servicedir: string, letter: string): void {
  try {
    const fd = openSync(join(servicedir, "supervise", "control"), constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, letter);
    closeSync(fd);
  } catch {
    // ENXIO
  }
}

/** Service directories in which more than one process works. Looked at thrice: one may come while another goes. */
function doubles(scandir: string): string[] {
  const crowded = (): string[] => [...processesByDirectory()]
    .filter(([path, pids]) => path.startsWith(`${scandir}/`) && pids.length > 1)
    .map(([path]) => path);
  return crowded().filter((path) => crowded().includes(path)).filter((path) => crowded().includes(path));
}

async function killAtRandom(tree: Scan): Promise<void> {
  const until = performance.now() + Math.random() * 600;
  while (performance.now() < until) {
    for (let count = 0; count < 20; count++) command(tree.path(pick(services)), pick([...LETTERS]));
    await pause(10);
  }
  tree.process.kill("SIGKILL");
  await tree.ended;
}

test(`${KILLS} times kill -9 under random commands: nothing is started twice, nothing is lost`, { timeout: 20_000 + 2000 * KILLS }, async () => {
  const scandir = makeTempDirectory();
  onTestFinished(() => killProcessesBelow(scandir));
  for (const [index, name] of services.entries()) writeTree(join(scandir, name), KINDS[index % KINDS.length] ?? {});
  for (const name of logged) {
    writeTree(join(scandir, name), { run: "#!/bin/sh\nn=0\nwhile n=$((n+1)); do echo $n; sleep 0.02; done\n" });
    writeTree(join(scandir, name, "log"), { run: "#!/bin/sh\nexec cat >>heard\n" });
  }
  // Loops in a shell start processes of their own: only those that exec can be counted.
  const counted = (): string[] => doubles(scandir).filter((path) => !path.includes("/l"));

  for (let kill = 0; kill < KILLS; kill++) {
    const tree = await scanIn(scandir, SILENT);
    await killAtRandom(tree);
    expect(counted(), `after ${kill + 1}`).toEqual([]);
  }

  const last = await scanIn(scandir, SILENT);
  await expect.poll(() => [...services, ...logged].every((name) => isSupervised(last.path(name))), { timeout: 30_000 }).toBe(true);
  for (const name of services) command(last.path(name), "c");
  for (const name of services) command(last.path(name), "u");
  last.up(...services.filter((_, index) => ![2, 4].includes(index % KINDS.length)), ...logged);
  expect(counted()).toEqual([]);
  c("s6-svscanctl", "-t", scandir);
  await last.ended;
  expect([...processesByDirectory().keys()].filter((path) => path.startsWith(`${scandir}/`))).toEqual([]);

  for (const name of logged) {
    const heard = read(join(scandir, name, "log", "heard")).split("\n").slice(0, -1);
    expect(heard.length, name).toBeGreaterThan(KILLS);
    expect(heard.findIndex((line, index) => line !== String(index + 1)), name).toBe(-1);
  }
  const reader = JournalReader.open(join(scandir, ".s6-svscan", "journal"));
  expect(reader.services()).toHaveLength(services.length + 2 * logged.length);
  for (const { id, name } of reader.services()) {
    expect(replayHistory(reader.history(id)), name).toMatchObject({ type: "same", skipped: 0 });
  }
  await reader.close();
});
