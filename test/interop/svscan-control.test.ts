import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { theirs } from "../support/executables.ts";
import { eventually, IDLE, isAlive, isSupervised, leadsTo, pidOf, read, type Scan, scan, waitForUp } from "./svscan-tree.ts";

/** A service and a logger that writes what it hears to `heard` of its directory. */
const LOGGED = {
  "foo/run": "#!/bin/sh\ntrap 'echo last words; kill $!; exit 0' TERM\necho hello\nsleep 1000 >/dev/null 2>&1 &\nwait\n",
  "foo/log/run": "#!/bin/sh\nexec cat >> heard\n",
};

const CAP_SYS_RESOURCE = 24n;
const [, effective = "0"] = /^CapEff:\t(\w+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
const MAY_RAISE = ((BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
const MAY_NOT_RAISE = "--bounding-set -sys_resource --inh-caps -sys_resource";

const gone = (tree: Scan, name: string) => eventually(() => isSupervised(tree.path(name))).toBe(false);

describe("s6-svscanctl on our s6-svscan", () => {
  test("-a starts what is new; a directory that was taken away stays supervised until -n", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    writeTree(tree.scandir, { "b/run": IDLE });
    const moved = join(makeTempDirectory(), "a");
    renameSync(tree.path("a"), moved);
    tree.control("a");
    tree.up("b");
    expect(isSupervised(moved)).toBe(true);
    tree.control("n");
    await eventually(() => isSupervised(moved)).toBe(false);
    expect(isSupervised(tree.path("b"))).toBe(true);
  });

  test.for(["h", "an"])("-%s scans, then prunes", async (letters) => {
    const tree = await scan({ "a/run": IDLE, "b/run": IDLE });
    tree.up("a", "b");
    const moved = join(makeTempDirectory(), "a");
    renameSync(tree.path("a"), moved);
    tree.control(letters);
    await eventually(() => isSupervised(moved)).toBe(false);
    expect(isSupervised(tree.path("b"))).toBe(true);
  });

  test("a renamed directory keeps its process, even through a prune", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    renameSync(tree.path("a"), tree.path("z"));
    tree.control("an");
    writeTree(tree.scandir, { "mark/run": IDLE });
    tree.control("a");
    tree.up("mark");
    expect(pidOf(tree.path("z"))).toBe(pid);
  });

  test("-z reaps, an unknown byte is named, and neither harms", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    tree.control("z");
    writeFileSync(tree.path(".s6-svscan", "control"), "?");
    await eventually(() => tree.stderr()).toContain("s6-svscan: warning: unknown control byte: ?");
    expect(isSupervised(tree.path("a"))).toBe(true);
  });

  test.for(["t", "i", "q", "ht", "at"])("-%s stops everything and exits 0", async (letters) => {
    const tree = await scan({ "a/run": IDLE, ...LOGGED });
    tree.up("a", "foo", "foo/log");
    const pids = ["a", "foo"].map((name) => pidOf(tree.path(name)));
    tree.control(letters);
    expect(await tree.ended).toMatchObject({ exitCode: 0, signal: null, stderr: "" });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(isSupervised(tree.path("foo/log"))).toBe(false);
  });

  test.for(["TERM", "INT", "QUIT"] as const)("SIG%s stops everything and exits 0", async (signal) => {
    const tree = await scan({ "a/run": IDLE, ...LOGGED });
    tree.up("a", "foo", "foo/log");
    process.kill(tree.pid, `SIG${signal}`);
    expect(await tree.ended).toMatchObject({ exitCode: 0, signal: null });
  });

  test("SIGALRM scans, SIGHUP scans and prunes", async () => {
    const tree = await scan({});
    writeTree(tree.scandir, { "a/run": IDLE });
    process.kill(tree.pid, "SIGALRM");
    waitForUp(tree.path("a"));
    const moved = join(makeTempDirectory(), "a");
    renameSync(tree.path("a"), moved);
    process.kill(tree.pid, "SIGHUP");
    await eventually(() => isSupervised(moved)).toBe(false);
  });

  test("-b leaves at once, and the services stay", async () => {
    const tree = await scan({ "a/run": IDLE }, { stdio: ["ignore", "ignore"] });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    tree.control("b");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  test("-t loses nothing of what a service says last", async () => {
    const tree = await scan(LOGGED);
    tree.up("foo", "foo/log");
    await eventually(() => read(tree.path("foo", "log", "heard"))).toBe("hello\n");
    tree.control("t");
    await tree.ended;
    expect(read(tree.path("foo", "log", "heard"))).toBe("hello\nlast words\n");
  });

  test("a period makes it scan by itself", async () => {
    const tree = await scan({}, { args: ["-t", "50"] });
    writeTree(tree.scandir, { "a/run": IDLE });
    waitForUp(tree.path("a"));
  });

  test("a scan directory that vanishes takes nothing with it but the wish to restart", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    rmSync(tree.scandir, { recursive: true });
    process.kill(tree.pid, "SIGALRM");
    process.kill(tree.pid, "SIGTERM");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(isAlive(pid)).toBe(false);
  });
});

describe("s6-svlink and s6-svunlink of C on our s6-svscan", () => {
  test("add a service with its logger, and take it away again", async () => {
    const tree = await scan({});
    const servicedir = join(makeTempDirectory(), "foo");
    writeTree(servicedir, { run: LOGGED["foo/run"], "log/run": LOGGED["foo/log/run"] });
    expect(theirs("s6-svlink", "-t", "20000", tree.scandir, servicedir)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(isSupervised(servicedir)).toBe(true);
    expect(isSupervised(join(servicedir, "log"))).toBe(true);
    expect(theirs("s6-svunlink", "-t", "20000", tree.scandir, "foo")).toMatchObject({ exitCode: 0, stderr: "" });
    await gone(tree, "foo");
    await eventually(() => isSupervised(join(servicedir, "log"))).toBe(false);
    expect(read(join(servicedir, "log", "heard"))).toBe("hello\nlast words\n");
  });
});

describe("s6-svc of C on our s6-svscan", () => {
  test("-d and -u with waiting", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    expect(theirs("s6-svc", "-wD", "-T", "20000", "-d", tree.path("a"))).toMatchObject({ exitCode: 0 });
    expect(theirs("s6-svstat", "-o", "up", tree.path("a")).stdout).toBe("false\n");
    expect(theirs("s6-svc", "-wu", "-T", "20000", "-u", tree.path("a"))).toMatchObject({ exitCode: 0 });
  });

  test("-x of an active service: its supervisor comes back", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    expect(theirs("s6-svc", "-xd", tree.path("a"))).toMatchObject({ exitCode: 0 });
    await eventually(() => isSupervised(tree.path("a")) && ![pid, -1].includes(pidOf(tree.path("a")))).toBe(true);
  });
});

describe("a pair on our s6-svscan", () => {
  test("keeps its pipe when the logger's supervisor is replaced, and loses no line", async () => {
    const tree = await scan({ ...LOGGED, "foo/log/run": "#!/bin/sh\nexec cat >> heard\n" });
    tree.up("foo", "foo/log");
    const pipe = leadsTo(pidOf(tree.path("foo")), 1);
    const logger = pidOf(tree.path("foo/log"));
    expect(leadsTo(logger, 0)).toBe(pipe);
    expect(theirs("s6-svc", "-xd", tree.path("foo/log"))).toMatchObject({ exitCode: 0 });
    await eventually(() => isSupervised(tree.path("foo/log")) && ![logger, -1].includes(pidOf(tree.path("foo/log")))).toBe(true);
    expect(leadsTo(pidOf(tree.path("foo/log")), 0)).toBe(pipe);
    expect(leadsTo(pidOf(tree.path("foo")), 1)).toBe(pipe);
    tree.control("t");
    await tree.ended;
    expect(read(tree.path("foo", "log", "heard"))).toBe("hello\nlast words\n");
  });

  test("a log/ that is added is started, one that is removed is told about", async () => {
    const tree = await scan({ "foo/run": IDLE });
    tree.up("foo");
    writeTree(tree.scandir, { "foo/log/run": "#!/bin/sh\nexec cat\n" });
    tree.control("a");
    tree.up("foo/log");
    const moved = join(makeTempDirectory(), "log");
    renameSync(tree.path("foo/log"), moved);
    tree.control("a");
    await eventually(() => tree.stderr()).toContain("logger foo/log has been moved");
    tree.control("N");
    await eventually(() => isSupervised(moved)).toBe(false);
    expect(isSupervised(tree.path("foo"))).toBe(true);
  });
});

describe("trouble in the scan directory", () => {
  test("a link to nothing that appears later is skipped alone, and found when it leads somewhere", async () => {
    const tree = await scan({ "first/run": IDLE });
    tree.up("first"); // ready comes before the cleanup that would remove the link
    const target = join(makeTempDirectory(), "late");
    symlinkSync(target, tree.path("late"));
    writeTree(tree.scandir, { "a/run": IDLE });
    tree.control("a");
    tree.up("a");
    await eventually(() => tree.stderr()).toContain("unable to stat late");
    writeTree(target, { run: IDLE });
    waitForUp(target); // nobody asks: it looks again by itself
  });

  test("one service too many keeps no other from starting", async () => {
    const tree = await scan({ "a/run": IDLE }, { args: ["--services-max=4"] });
    tree.up("a");
    writeTree(tree.scandir, Object.fromEntries(["b", "c", "d", "e"].map((name) => [`${name}/run`, IDLE])));
    tree.control("a");
    await eventually(() => ["b", "c", "d", "e"].filter((name) => isSupervised(tree.path(name))).length).toBe(3);
    await eventually(() => tree.stderr()).toContain("too many services, the maximum is 4");
  });

  test("a name that is too long is skipped with a warning", async () => {
    const tree = await scan({ "elevenbytes/run": IDLE, "twelve-bytes/run": IDLE }, { args: ["-L", "11"] });
    tree.up("elevenbytes");
    expect(isSupervised(tree.path("twelve-bytes"))).toBe(false);
    await eventually(() => tree.stderr()).toContain("name too long, skipping it: twelve-bytes");
  });

  test("few descriptors: what fits is started, the rest is refused with a word about the limit", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const tree = await scan(Object.fromEntries(names.map((name) => [`${name}/run`, IDLE])), {
      before: ["sh", "-c", `ulimit -n 250; exec setpriv ${MAY_NOT_RAISE} "$@"`, "sh"],
    });
    await eventually(() => names.filter((name) => isSupervised(tree.path(name))).length).toBe(19);
    await eventually(() => tree.stderr()).toContain("the open files limit leaves 58 descriptors for services");
  });

  test.skipIf(!MAY_RAISE)("root's tree raises the hard limit for itself, and gives its services what it was given", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const tree = await scan(Object.fromEntries(names.map((name) => [`${name}/run`, IDLE])), {
      before: ["sh", "-c", 'ulimit -n 250; exec "$@"', "sh"],
    });
    tree.up(...names);
    const limits = readFileSync(`/proc/${pidOf(tree.path("s29"))}/limits`, "utf8");
    expect(limits).toMatch(/^Max open files +250 +250 /m);
  });

  test("notification pipes leave room for the files of everybody: the last services wait instead", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const files = names.map((name) => ({ [`${name}/run`]: IDLE, [`${name}/notification-fd`]: "3\n" }));
    const tree = await scan(Object.assign({}, ...files), {
      before: ["sh", "-c", `ulimit -n 500; exec setpriv ${MAY_NOT_RAISE} "$@"`, "sh"],
    });
    await eventually(() => tree.stderr()).toContain("unable to spawn ./run (waiting 60 seconds): Too many open files");
    await eventually(() => names.filter((name) => isSupervised(tree.path(name))).length).toBe(100);
    expect(theirs("s6-svc", "-wD", "-d", tree.path("s0"))).toMatchObject({ exitCode: 0 });
  });

  test("a directory that cannot be supervised is tried again, the others do not care", async () => {
    const tree = await scan({ "a/run": IDLE, "bad/run": IDLE, "bad/event": "not a directory" });
    tree.up("a");
    await eventually(() => tree.stderr()).toContain("s6-supervise bad: fatal: ");
    rmSync(tree.path("bad/event"));
    waitForUp(tree.path("bad"));
  });
});
