import { cpSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isLocked } from "../../src/sys/lock.ts";
import { packageRoot } from "../../src/sys/package-root.ts";
import { c, IDLE, IDLE_READY, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { killProcessesBelow, processesIn } from "../support/processes.ts";
import { eventually, isSupervised, pidOf, read, type Scan, scan, scanIn } from "../interop/svscan-tree.ts";

const SILENT = { stdio: ["ignore", "pipe"] } as const;
const COUNTING = "#!/bin/sh\nn=0\nwhile n=$((n+1)); do echo $n; sleep 0.01; done\n";

async function startTree(files: Readonly<Record<string, string>>): Promise<Scan> {
  const tree = await scan(files, SILENT);
  onTestFinished(() => killProcessesBelow(tree.scandir));
  return tree;
}

const readDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const TIMES = Number(process.env["S6_ACTORS_UPGRADES"] ?? 20);
const upgrades = (tree: Scan): number => tree.stderr().split("upgraded in place").length - 1;

async function upgrade(tree: Scan): Promise<void> {
  const before = upgrades(tree);
  expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
  await eventually(() => upgrades(tree)).toBe(before + 1);
}

describe("s6-svscanctl --reexec", () => {
  test(`${TIMES} times in a row: same process, same services, exact exit statuses, no line lost`, { timeout: 120_000 }, async () => {
    const tree = await startTree({
      "a/run": IDLE, "b/run": IDLE_READY, "b/notification-fd": "3\n", "c/run": IDLE, "c/down": "",
      "l/run": COUNTING, "l/log/run": "#!/bin/sh\nexec cat >>heard\n", "d/run": IDLE,
    });
    tree.up("a", "b", "l", "d");
    c("s6-svwait", "-U", "-t", "20000", tree.path("b"));
    const pids = ["a", "b", "l"].map((name) => pidOf(tree.path(name)));
    for (let count = 0; count < TIMES; count++) {
      await upgrade(tree);
      await eventually(() => isSupervised(tree.path("d"))).toBe(true);
      untilHeard(tree.path("d"), "d.*u", "s6-svc", "-k", tree.path("d"));
    }
    expect(["a", "b", "l"].map((name) => pidOf(tree.path(name)))).toEqual(pids);
    expect(processesIn(tree.path("a"))).toEqual(pids.slice(0, 1));
    expect(theirs("s6-svstat", "-o", "ready", tree.path("b")).stdout).toBe("true\n");
    expect(theirs("s6-svdt", tree.path("d")).stdout.match(/signal SIGKILL/g)).toHaveLength(TIMES);
    const heard = read(tree.path("l", "log", "heard")).split("\n").slice(0, -1);
    expect(heard.findIndex((line, index) => line !== String(index + 1))).toBe(-1);
    tree.control("t");
    expect((await tree.ended).exitCode).toBe(0);
  });

  test("leaves descriptors neither to services nor behind", async () => {
    const tree = await startTree({ "a/run": IDLE, "l/run": COUNTING, "l/log/run": "#!/bin/sh\nexec cat >>heard\n" });
    tree.up("a", "l");
    const given = readDescriptors(pidOf(tree.path("a")));
    await upgrade(tree);
    const own = readDescriptors(tree.pid);
    for (let count = 0; count < 3; count++) await upgrade(tree);
    await eventually(() => readDescriptors(tree.pid)).toBe(own);
    untilHeard(tree.path("a"), "d.*u", "s6-svc", "-k", tree.path("a"));
    expect(readDescriptors(pidOf(tree.path("a")))).toBe(given);
  });

  test("a command that comes meanwhile is obeyed by the new program", async () => {
    const tree = await startTree({ "a/run": IDLE });
    tree.up("a");
    expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
    const fifo = tree.path("a", "supervise", "control");
    while (upgrades(tree) === 0) {
      writeFileSync(fifo, "c"); // throws when nobody has it open
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    writeFileSync(fifo, "d");
    c("s6-svwait", "-D", "-t", "20000", tree.path("a"));
  });
});

/** A copy of the package, started from its own bin. */
async function ownCopy(): Promise<{ readonly root: string; readonly tree: Scan }> {
  const root = makeTempDirectory();
  for (const part of ["dist", "bin", "package.json"]) cpSync(join(packageRoot, part), join(root, part), { recursive: true });
  symlinkSync(join(packageRoot, "node_modules"), join(root, "node_modules"));
  const scandir = makeTempDirectory();
  writeTree(scandir, { "a/run": IDLE });
  // scanIn() adds the usual program: env runs ours in its place.
  const tree = await scanIn(scandir, { ...SILENT, before: ["sh", "-c", 'shift; exec "$0" "$@"', join(root, "bin", "s6-svscan")] });
  tree.up("a");
  return { root, tree };
}

const BROKEN: Readonly<Record<string, readonly [spoil: (root: string) => void, word: string]>> = {
  "is missing": [(root) => rmSync(join(root, "bin", "s6-svscan")), "No such file"],
  "does not start": [(root) => writeFileSync(join(root, "dist", "bin", "s6-svscan.cjs"), "process.exit(3)"), "exits with 3"],
  "has no native part": [(root) => rmSync(join(root, "dist", "native", "addon.node")), "exits with 111"],
  "has no worker": [(root) => rmSync(join(root, "dist", "actors", "worker.cjs")), "exits with"],
  "is another program": [(root) => writeFileSync(join(root, "dist", "bin", "s6-svscan.cjs"), "console.log('hello')"), "no s6-svscan"],
  "is too old for the journal": [
    (root) => writeFileSync(join(root, "dist", "bin", "s6-svscan.cjs"), "console.log('s6-actors formats 1 0')"),
    "too old for the journal",
  ],
};

test.each(Object.keys(BROKEN))("a new version that %s is refused, and the old one goes on", async (what) => {
  const { root, tree } = await ownCopy();
  const pid = pidOf(tree.path("a"));
  const [spoil, word] = BROKEN[what] ?? [() => undefined, "?"];
  spoil(root);
  expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
  await eventually(() => tree.stderr()).toContain("not upgrading, the old program goes on");
  expect(tree.stderr()).toContain(word);
  expect(pidOf(tree.path("a"))).toBe(pid);
  untilHeard(tree.path("a"), "d.*u", "s6-svc", "-k", tree.path("a"));
  expect(upgrades(tree)).toBe(0);
});

test("a new version that would have decided otherwise is a warning, and with --strict it is refused", async () => {
  const { root, tree } = await ownCopy();
  untilHeard(tree.path("a"), "d.*u", "s6-svc", "-k", tree.path("a"));
  const pid = pidOf(tree.path("a"));
  const worker = join(root, "dist", "actors", "worker.cjs");
  const text = readFileSync(worker, "utf8");
  expect(text).toContain("RESTART_DELAY_MS = 1e3");
  writeFileSync(worker, text.replace("RESTART_DELAY_MS = 1e3", "RESTART_DELAY_MS = 7e3"));
  await eventually(() => ours("s6-svhistory", "-k", "start", tree.path("a")).stdout).toContain("restart after");

  expect(ours("s6-svscanctl", "--reexec", "--strict", tree.scandir).exitCode).toBe(0);
  await eventually(() => tree.stderr()).toMatch(/not upgrading, the old program goes on: it would decide otherwise than what is recorded of a, record \d+, finish.absent/);
  expect(upgrades(tree)).toBe(0);
  expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
  await eventually(() => upgrades(tree)).toBe(1);
  expect(tree.stderr()).toContain("upgrading all the same: it would decide otherwise");
  await eventually(() => pidOf(tree.path("a"))).toBe(pid);
  expect(ours("s6-svscanctl", "--strict", tree.scandir).exitCode).toBe(100);
});

test.each([["enough", []], ["few", ["-C", "100000"]]] as const)("with %s descriptors for locks it is supervised before and after, and with enough all the time", async (_name, args) => {
  const tree = await scan({ "a/run": IDLE, "b/run": IDLE, "b/log/run": "#!/bin/sh\nexec cat\n" }, { ...SILENT, args });
  tree.up("a", "b");
  const locks = [tree.path("a"), tree.path("b"), tree.path("b", "log")].map((dir) => join(dir, "supervise", "lock"));
  const scandirLock = tree.path(".s6-svscan", "lock");
  await eventually(() => locks.every((path) => isLocked(path))).toBe(true);
  let [looks, gaps, isOver] = [0, 0, false];
  const looking = (async () => {
    while (!isOver) {
      looks++;
      const watched = args.length === 0 ? [scandirLock, ...locks] : [scandirLock];
      if (!watched.every((path) => isLocked(path))) gaps++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let count = 0; count < 3; count++) await upgrade(tree);
  isOver = true;
  await looking;
  expect([looks > 100, gaps]).toEqual([true, 0]);
  await eventually(() => locks.every((path) => isLocked(path))).toBe(true);
  c("s6-svscanctl", "-t", tree.scandir);
  await tree.ended;
  expect([scandirLock, ...locks].some((path) => isLocked(path))).toBe(false);
});
