import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { c, C_BIN, IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, run, theirs } from "../support/executables.ts";
import { eventually, isSupervised, pidOf, type Scan, scan, scanIn, waitForUp } from "../interop/svscan-tree.ts";

const NOBODY = 65534;
const NOT_SPAWNED = "s6-supervise it: warning: unable to spawn ./run (waiting 60 seconds): ";
const AS_NOBODY = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];

const script = (text: string) => (path: string): void => writeFileSync(path, text, { mode: 0o755 });
const mkfifo = (path: string): void => void expect(run(C_BIN, "mkfifo", path).exitCode).toBe(0);

/** One service called `it`, wanted down, and a neighbour that must not care. */
async function treeWithDown(files: Readonly<Record<string, string>>): Promise<Scan & { readonly dir: string }> {
  const own = Object.fromEntries(Object.entries(files).map(([name, text]) => [`it/${name}`, text]));
  const tree = await scan({ ...own, "it/down": "", "neighbour/run": IDLE });
  tree.up("neighbour");
  await eventually(() => isSupervised(tree.path("it"))).toBe(true);
  return { ...tree, dir: tree.path("it") };
}

describe("a run", () => {
  const bad: readonly { kind: string; make: (path: string) => void; reason: string }[] = [
    { kind: "absent", make: () => undefined, reason: "No such file or directory" },
    { kind: "a directory", make: (path) => mkdirSync(path), reason: "Permission denied" },
    { kind: "a FIFO", make: mkfifo, reason: "Permission denied" },
    { kind: "empty", make: script(""), reason: "Exec format error" },
    { kind: "a script for nothing", make: script("#!/nonexistent\n"), reason: "No such file or directory" },
  ];
  test.each(bad)("that is $kind keeps its service down, until there is a better one", async ({ make, reason }) => {
    const { dir, ...tree } = await treeWithDown({});
    make(join(dir, "run"));
    c("s6-svc", "-u", dir);
    await eventually(() => tree.stderr()).toContain(NOT_SPAWNED + reason);
    expect(theirs("s6-svstat", "-o", "up,wantedup", dir).stdout).toBe("false true\n");
    untilHeard(tree.path("neighbour"), "d.*u", "s6-svc", "-k", tree.path("neighbour"));
    rmSync(join(dir, "run"), { recursive: true, force: true });
    writeTree(dir, { run: IDLE });
    untilHeard(dir, "u", "s6-svc", "-u", dir);
  });

  test("that may be executed but not read runs", async () => {
    const scandir = makeTempDirectory();
    const dir = join(scandir, "1000"); // its name is the argument of its run
    mkdirSync(dir);
    copyFileSync("/bin/sleep", join(dir, "run"));
    chmodSync(join(dir, "run"), 0o111);
    for (const path of [scandir, dir]) chownSync(path, NOBODY, NOBODY);
    const tree = await scanIn(scandir, { before: ["setpriv", ...AS_NOBODY] });
    // Not with the C s6-svwait: its FIFO is closed to other users, so the letters of nobody's supervisor don't reach it.
    await eventually(() => pidOf(dir)).toBeGreaterThan(0);
    expect(tree.stderr()).toBe("");
  });
});

test.each([
  { which: "a service directory", there: [], refused: "mkdir event" },
  { which: "a supervise/", there: ["event", "supervise"], refused: "open supervise/lock" },
])("$which where s6-supervise may not write is refused with 111, as by C", ({ there, refused }) => {
  const dir = makeTempDirectory();
  chmodSync(dir, 0o755);
  for (const name of there) mkdirSync(join(dir, name));
  for (const bin of [C_BIN, OUR_BIN]) {
    const { exitCode, stderr } = run(C_BIN, "setpriv", ...AS_NOBODY, join(bin, "s6-supervise"), dir);
    expect(exitCode, bin).toBe(111);
    expect(stderr, bin).toMatch(new RegExp(`^s6-supervise.*: fatal: unable to ${refused}: Permission denied\n$`));
  }
});

describe("what an earlier life left in supervise/", () => {
  test.each([
    ["a status that is too short", "status", "\0".repeat(34)],
    ["a status that is too long", "status", "\xff".repeat(100)],
    ["a status of garbage", "status", "g".repeat(35)],
    ["a status.new that was not finished", "status.new", "half"],
    ["a tally of garbage", "death_tally", "garbage"],
    ["a journal of nowhere", "journal", "/nonexistent\nx\ny\n"],
  ])("%s keeps no service from starting, and is put right", async (_what, file, garbage) => {
    const tree = await scan({ "it/run": IDLE, [`it/supervise/${file}`]: garbage });
    tree.up("it");
    const dir = tree.path("it");
    untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    expect(statSync(join(dir, "supervise", "status")).size).toBe(35);
    expect(theirs("s6-svstat", dir).stdout).toMatch(/^up \(pid \d+/);
    expect(theirs("s6-svdt", dir).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
  });

  test("a status that can't be replaced is a warning, and the service lives", async () => {
    const tree = await scan({ "it/run": IDLE, "it/supervise/status/occupied": "" });
    const dir = tree.path("it");
    await eventually(() => tree.stderr()).toContain("it: warning: unable to write supervise/status: Is a directory");
    rmSync(join(dir, "supervise", "status"), { recursive: true });
    untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    waitForUp(dir);
  });
});

describe("configuration files that nobody expects", () => {
  const NAMES = [
    "notification-fd", "lock-fd", "pidfile", "timeout-finish", "timeout-kill",
    "down-signal", "reload-signal", "max-death-tally",
  ];
  const life = (dir: string): void => {
    untilHeard(dir, "u", "s6-svc", "-u", dir);
    expect(ours("s6-svc", "-wr", "-T", "20000", "-l", dir)).toMatchObject({ exitCode: 0 });
    untilHeard(dir, "d.*D", "s6-svc", "-d", dir);
  };

  test("FIFOs that nobody writes to block no supervisor", async () => {
    const { dir } = await treeWithDown({ run: IDLE, finish: "#!/bin/sh\n" });
    for (const name of NAMES) mkfifo(join(dir, name));
    life(dir);
  });

  test("directories draw a warning each, and the service lives with the defaults", async () => {
    const { dir, stderr } = await treeWithDown({ run: IDLE, finish: "#!/bin/sh\n" });
    for (const name of NAMES) mkdirSync(join(dir, name));
    life(dir);
    for (const name of NAMES) await eventually(() => stderr()).toContain(`unable to read ${name}: Is a directory`);
  });
});
