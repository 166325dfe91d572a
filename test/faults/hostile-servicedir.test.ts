import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { c, C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { eventually, IDLE, isThere, scan, waitForUp } from "../interop/svscan-tree.ts";

// Root works with a service directory that belongs to somebody else, who may put links wherever he likes, at any moment.

const NOBODY = 65_534;

/** Files of root: a secret, a file that everybody reads, a directory, a FIFO. */
function makeTreasure(): string {
  const treasure = makeTempDirectory();
  writeFileSync(join(treasure, "file"), "root's own text, longer than any letters\n");
  mkdirSync(join(treasure, "dir"));
  c("mkfifo", "-m", "600", join(treasure, "fifo"));
  chmodSync(join(treasure, "file"), 0o644);
  return treasure;
}

/** All that an attack could change. */
const stateOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" }).sort().map((name) => {
    const { mode, uid, gid, ino } = lstatSync(join(dir, name));
    return `${name} ${mode.toString(8)} ${uid}:${gid} ${ino} ${(mode & 0o170000) === 0o100000 ? readFileSync(join(dir, name), "latin1") : ""}`;
  });

/** A service directory of somebody else, as his own tree would leave it; `links`: what leads elsewhere in it. */
function makeServicedir(links: Readonly<Record<string, string>>): string {
  const servicedir = makeTempDirectory();
  mkdirSync(join(servicedir, "supervise"));
  mkdirSync(join(servicedir, "event"));
  for (const [name, target] of Object.entries(links)) {
    rmSync(join(servicedir, name), { recursive: true, force: true });
    symlinkSync(target, join(servicedir, name));
  }
  if (!existsSync(join(servicedir, "supervise", "control"))) c("mkfifo", "-m", "600", join(servicedir, "supervise", "control"));
  for (const name of ["", ...readdirSync(servicedir, { recursive: true, encoding: "utf8" })]) {
    if (!lstatSync(join(servicedir, name)).isSymbolicLink()) chownSync(join(servicedir, name), NOBODY, NOBODY);
  }
  return servicedir;
}

test.each([
  ["s6-svperms -G, supervise a link", ["s6-svperms", "-G", ":54321"], { supervise: "dir" }],
  ["s6-svperms -E, event a link", ["s6-svperms", "-E", ":54321"], { event: "dir" }],
  ["s6-svperms -e, event a link to a file", ["s6-svperms", "-e"], { event: "file" }],
  ["s6-svperms -O, supervise/control a link", ["s6-svperms", "-O", ":54321"], { "supervise/control": "fifo" }],
  ["s6-svperms -O, supervise/control a link to a file", ["s6-svperms", "-O", ":54321"], { "supervise/control": "file" }],
  ["s6-svc, supervise/control a link to a file", ["s6-svc", "-u"], { "supervise/control": "file" }],
  ["s6-svdt-clear, a link where the new file is written", ["s6-svdt-clear"], { "supervise/death_tally.new": "file" }],
  ["s6-mkfifodir -f", ["s6-mkfifodir", "-f"], { "": "dir" }],
])("%s: nothing of root's is changed", (_, [program = "", ...options], links) => {
  const treasure = makeTreasure();
  const servicedir = makeServicedir(Object.fromEntries(Object.entries(links).filter(([name]) => name !== "").map(([name, target]) => [name, join(treasure, target)])));
  const before = stateOf(treasure);
  const target = "" in links ? join(servicedir, "link") : servicedir;
  if ("" in links) {
    symlinkSync(join(treasure, "dir"), target);
    spawnSync("chown", ["-h", `${NOBODY}`, target]);
  } else if (spawnSync("chown", ["-h", `${NOBODY}`, ...Object.keys(links).map((name) => join(servicedir, name))]).status !== 0) throw new Error("chown -h");
  ours(program, ...options, target);
  expect(stateOf(treasure)).toEqual(before);
});

test("s6-svperms grants what it is asked for in somebody else's directory, where nothing is a link", () => {
  const servicedir = makeServicedir({});
  expect(ours("s6-svperms", "-G", ":54321", "-E", ":54321", servicedir)).toMatchObject({ exitCode: 0 });
  expect(["supervise", "supervise/control", "event"].map((name) => {
    const { mode, uid, gid } = statSync(join(servicedir, name));
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  })).toEqual([`710 ${NOBODY}:54321`, `620 ${NOBODY}:54321`, `3730 ${NOBODY}:54321`]);
});

test("s6-svperms says why it does not follow a link of somebody else; it follows root's own", () => {
  const treasure = makeTreasure();
  const foreign = makeServicedir({ event: join(treasure, "dir") });
  expect(ours("s6-svperms", "-e", foreign)).toMatchObject({ exitCode: 111, stderr: `s6-svperms: fatal: unable to stat ${foreign}/event: Too many levels of symbolic links\n` });
  const own = makeServicedir({ event: join(treasure, "dir") });
  chownSync(own, 0, 0);
  expect(ours("s6-svperms", "-e", own)).toMatchObject({ exitCode: 0 });
  expect(statSync(join(treasure, "dir")).mode & 0o7777).toBe(0o3733 & ~0o2000);
});

test("a member of the group of a fifodir can't have a letter written into a file of root's", async () => {
  const treasure = makeTreasure();
  const { scandir } = await scan({ "sleeper/run": IDLE });
  const servicedir = join(scandir, "sleeper");
  waitForUp(servicedir);
  symlinkSync(join(treasure, "file"), join(servicedir, "event", `ftrig1:@${"4".repeat(24)}:abcdef`));
  linkSync(join(treasure, "file"), join(servicedir, "event", `ftrig1:@${"4".repeat(24)}:second`));
  const before = stateOf(treasure);
  expect(ours("s6-svc", "-wr", "-T", "10000", "-r", servicedir)).toMatchObject({ exitCode: 0 });
  expect(stateOf(treasure)).toEqual(before);
});

test("root reads and prunes the history of a user's service: what his journal leads to is neither written to nor read", async () => {
  const treasure = makeTreasure();
  const user = makeTempDirectory();
  chownSync(user, NOBODY, NOBODY);
  const service = join(user, "sv");
  mkdirSync(service);
  writeFileSync(join(service, "run"), "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
  for (const path of [service, join(service, "run")]) chownSync(path, NOBODY, NOBODY);
  const journal = join(user, "journal");
  const tree = spawn(join(C_BIN, "s6-setuidgid"), ["nobody", join(OUR_BIN, "s6-svscan"), "-j", journal, user], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void tree.kill("SIGKILL"));
  await eventually(() => isThere(service)).toBe(true);
  // Not by waiting: the FIFO of root's s6-svwait is not writable to nobody under this umask (C's libraries).
  await eventually(() => theirs("s6-svstat", "-o", "up", service).stdout).toBe("true\n");
  for (let sent = 0; sent < 20; sent++) ours("s6-svc", "-1", service); // something to prune
  tree.kill("SIGTERM");
  await new Promise((resolve) => tree.once("exit", resolve));
  expect(ours("s6-svhistory", service)).toMatchObject({ exitCode: 0 });
  const before = stateOf(treasure);
  renameSync(join(journal, "lock.mdb"), join(journal, "old"));
  symlinkSync(join(treasure, "file"), join(journal, "lock.mdb"));
  expect(ours("s6-svhistory", service)).toMatchObject({ exitCode: 0 });
  expect(ours("s6-svprune", "--keep=records=10", journal)).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("lock.mdb is not a file") as string });
  renameSync(join(journal, "data.mdb"), join(treasure, "data.mdb"));
  symlinkSync(join(treasure, "data.mdb"), join(journal, "data.mdb"));
  const withData = stateOf(treasure);
  for (const [program, ...args] of [["s6-svhistory", service], ["s6-svprune", "--keep=records=10", journal]] as const) {
    const { exitCode, stderr } = ours(program, ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 111, stderr: expect.stringContaining("ELOOP") as string });
  }
  expect(stateOf(treasure)).toEqual(withData);
  rmSync(join(treasure, "data.mdb"));
  expect(stateOf(treasure)).toEqual(before);
});
