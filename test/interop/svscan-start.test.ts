import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { eventually, IDLE, isSupervised, pidOf, read, scan, scanIn } from "./svscan-tree.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe("the start of s6-svscan", () => {
  test("brings up every service and logger, and the C tools see them", async () => {
    const tree = await scan({ "a/run": IDLE, "b/run": IDLE, "b/log/run": IDLE, "plain-file": "x", ".hidden/run": IDLE });
    tree.up("a", "b", "b/log");
    expect(isSupervised(tree.path(".hidden"))).toBe(false);
    expect(theirs("s6-svstat", tree.path("a")).stdout).toMatch(/^up \(pid [0-9]+/);
  });

  test.for(["000", "077", "777"])("makes its files with the same modes under umask %s", async (mask) => {
    const tree = await scan({ "a/run": IDLE }, { before: ["sh", "-c", `umask ${mask}; exec "$@"`, "sh"] });
    expect(modeOf(tree.path(".s6-svscan"))).toBe("700");
    expect(modeOf(tree.path(".s6-svscan", "lock"))).toBe("600");
    expect(modeOf(tree.path(".s6-svscan", "control"))).toBe("600");
    expect(statSync(tree.path(".s6-svscan", "control")).isFIFO()).toBe(true);
  });

  test("a second one on the same directory exits 100, ours and theirs", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    expect(ours("s6-svscan", tree.scandir)).toMatchObject({ exitCode: 100 });
    expect(theirs("s6-svscan", tree.scandir)).toMatchObject({ exitCode: 100 });
    expect(pidOf(tree.path("a"))).toBe(pid);
  });

  test("removes links to nothing, and nothing else", async () => {
    const scandir = makeTempDirectory();
    writeTree(scandir, { "a/run": IDLE });
    symlinkSync("/nonexistent", join(scandir, "dangling"));
    symlinkSync("/nonexistent", join(scandir, ".dangling"));
    symlinkSync("/etc/passwd", join(scandir, "file"));
    const tree = await scanIn(scandir);
    tree.up("a");
    expect(() => lstatSync(join(scandir, "dangling"))).toThrow("ENOENT");
    expect(lstatSync(join(scandir, ".dangling")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(scandir, "file")).isSymbolicLink()).toBe(true);
    expect(tree.stderr()).toBe("");
  });

  test("inherited descriptors reach the services, the notification descriptor and the console do not", async () => {
    const tree = await scan(
      { "a/run": "#!/bin/sh\nls /proc/self/fd > fds.new\nmv fds.new fds\nexec sleep 1000\n" },
      { args: ["-X", "4"], stdio: ["pipe", "pipe", "pipe", "pipe"] },
    );
    tree.up("a");
    await eventually(() => read(tree.path("a", "fds"))).not.toBe("");
    const fds = read(tree.path("a", "fds")).split("\n");
    expect(fds).toContain("5");
    expect(fds).not.toContain("4");
  });
});

describe("what keeps s6-svscan from starting", () => {
  test.for([
    { args: [], exitCode: 100 },
    { args: ["-c", "10", "DIR"], exitCode: 100 },
    { args: ["-C", "many", "DIR"], exitCode: 100 },
    { args: ["-t", "-1", "DIR"], exitCode: 100 },
    { args: ["-d", "2", "DIR"], exitCode: 100 },
    { args: ["-d", "9", "DIR"], exitCode: 100 },
    { args: ["--console-holder=9", "DIR"], exitCode: 100 },
    { args: ["--no-such-option", "DIR"], exitCode: 100 },
    { args: ["/nonexistent"], exitCode: 111 },
    { args: ["/etc/passwd"], exitCode: 111 },
  ])("s6-svscan $args exits $exitCode", ({ args, exitCode }) => {
    const scandir = makeTempDirectory();
    const ended = ours("s6-svscan", ...args.map((word) => (word === "DIR" ? scandir : word)));
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toMatch(/^s6-svscan: (usage|fatal): /);
  });

  test(".s6-svscan that is a file: 100", () => {
    const scandir = makeTempDirectory();
    writeFileSync(join(scandir, ".s6-svscan"), "");
    expect(ours("s6-svscan", scandir).exitCode).toBe(100);
  });

  test(".s6-svscan/control that is a file: 100", () => {
    const scandir = makeTempDirectory();
    writeTree(scandir, { ".s6-svscan/control": "" });
    expect(ours("s6-svscan", scandir).exitCode).toBe(100);
  });

  test("a .s6-svscan of before is used as it is", async () => {
    const scandir = makeTempDirectory();
    mkdirSync(join(scandir, ".s6-svscan"));
    chmodSync(join(scandir, ".s6-svscan"), 0o755);
    await scanIn(scandir);
    expect(modeOf(join(scandir, ".s6-svscan"))).toBe("755");
  });
});
