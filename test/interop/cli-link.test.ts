import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { c, IDLE, makeTempDirectory, scanWithC, superviseWithC, writeTree } from "../support/c-tree.ts";
import { ours, startOurs, theirs } from "../support/executables.ts";

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const isUp = (servicedir: string): string => theirs("s6-svstat", "-u", servicedir).stdout.trim();
const isSupervised = (servicedir: string): boolean => theirs("s6-svok", servicedir).exitCode === 0;
const subscribers = (servicedir: string): string[] =>
  readdirSync(join(servicedir, "event")).filter((name) => name.startsWith("ftrig1"));

async function makeScandir(): Promise<string> {
  const scandir = makeTempDirectory();
  await scanWithC(scandir);
  return scandir;
}

function makeService(files: Readonly<Record<string, string>> = { run: IDLE }): string {
  const servicedir = join(makeTempDirectory(), "service");
  writeTree(servicedir, files);
  return servicedir;
}

const LOGGED = { run: IDLE, "log/run": "#!/bin/sh\nexec cat\n" };

describe("s6-svlink with a C s6-svscan", () => {
  it("starts a service, under its own name", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    expect(ours("s6-svlink", scandir, servicedir)).toEqual(success);
    expect(isSupervised(servicedir)).toBe(true);
    c("s6-svwait", "-u", "-t", "20000", servicedir);
    expect(readlinkSync(join(scandir, "service"))).toBe(servicedir);
    expect(modeOf(join(servicedir, "event"))).toBe("3730");
    expect(subscribers(servicedir)).toEqual([]);
  });

  it("links by real path, under another name, publicly", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    expect(ours("s6-svlink", "-P", "-t", "20000", scandir, relative(process.cwd(), servicedir), "other")).toEqual(
      success,
    );
    expect(readlinkSync(join(scandir, "other"))).toBe(servicedir);
    expect(modeOf(join(servicedir, "event"))).toBe("1733");
  });

  it("changes the rights of an existing event/ only when forced", async () => {
    const scandir = await makeScandir();
    for (const [options, mode] of [[[], "1733"], [["-f"], "3730"]] as const) {
      const servicedir = makeService();
      c("s6-mkfifodir", join(servicedir, "event"));
      expect(ours("s6-svlink", ...options, scandir, servicedir, `s${mode}`)).toEqual(success);
      expect(modeOf(join(servicedir, "event"))).toBe(mode);
    }
  });

  it("waits for the logger, too, and with -d leaves both down and no down file", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService(LOGGED)];
    const log = join(servicedir, "log");
    expect(ours("s6-svlink", "-d", scandir, servicedir)).toEqual(success);
    for (const each of [servicedir, log]) {
      expect(isSupervised(each)).toBe(true);
      expect(isUp(each)).toBe("false");
      expect(existsSync(join(each, "down"))).toBe(false);
    }
  });

  it("leaves the down files with -D", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService(LOGGED)];
    expect(ours("s6-svlink", "-dD", scandir, servicedir)).toEqual(success);
    for (const each of [servicedir, join(servicedir, "log")]) {
      expect(isUp(each)).toBe("false");
      expect(existsSync(join(each, "down"))).toBe(true);
    }
  });

  it("only makes the link, with a warning, when there is a supervisor already", async () => {
    const scandir = await makeScandir();
    const { servicedir } = await superviseWithC(join(makeTempDirectory(), "service"));
    const warned = { ...success, stderr: `s6-svlink: warning: supervisor already running on ${servicedir}\n` };
    expect(ours("s6-svlink", scandir, servicedir)).toEqual(warned);
    expect(ours("s6-svlink", scandir, servicedir)).toEqual(warned);
    expect(readlinkSync(join(scandir, "service"))).toBe(servicedir);
  });

  it("takes everything back when the supervisor does not come in time", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    // A supervisor that cannot start: its lock is no file.
    mkdirSync(join(servicedir, "supervise", "lock"), { recursive: true });
    const { exitCode, stderr } = ours("s6-svlink", "-D", "-t", "1", scandir, servicedir);
    expect(exitCode).toBe(99);
    expect(stderr).toBe(
      `s6-svlink: fatal: unable to link servicedir ${servicedir} into scandir ${scandir} with name service: timed out\n`,
    );
    expect(readdirSync(scandir)).toEqual([".s6-svscan"]);
    expect(existsSync(join(servicedir, "down"))).toBe(false);
    expect(subscribers(servicedir)).toEqual([]);
  });

  it("takes everything back when it is interrupted", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    mkdirSync(join(servicedir, "supervise", "lock"), { recursive: true });
    const linking = startOurs("s6-svlink", scandir, servicedir);
    await expect.poll(() => existsSync(join(scandir, "service")), { timeout: 10_000 }).toBe(true);
    linking.process.kill("SIGTERM");
    expect(await linking.ended).toMatchObject({ exitCode: null, signal: "SIGTERM" });
    expect(readdirSync(scandir)).toEqual([".s6-svscan"]);
    expect(subscribers(servicedir)).toEqual([]);
  });

  it("does not touch a name that is taken, nor leave a down file", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    writeFileSync(join(scandir, "service"), "");
    expect(ours("s6-svlink", "-d", scandir, servicedir)).toEqual({
      ...success,
      exitCode: 111,
      stderr:
        `s6-svlink: fatal: unable to link servicedir ${servicedir} into scandir ${scandir} with name service: File exists\n`,
    });
    expect(lstatSync(join(scandir, "service")).isFile()).toBe(true);
    expect(existsSync(join(servicedir, "down"))).toBe(false);
  });

  it("refuses, with the exit codes of C, what cannot be a service", async () => {
    const scandir = await makeScandir();
    const dead = makeTempDirectory();
    mkdirSync(join(dead, ".s6-svscan"));
    writeFileSync(join(dead, ".s6-svscan", "lock"), "");
    const good = makeService();
    for (const [args, exitCode] of [
      [[], 100],
      [[scandir], 100],
      [["", good], 100],
      [[scandir, ""], 100],
      [[scandir, good, ".hidden"], 100],
      [[scandir, good, "/name"], 100],
      [[scandir, good, ""], 100],
      [[scandir, "/"], 100],
      [["-t", "soon", scandir, good], 100],
      [["/nonexistent", good], 111],
      [[dead, good], 1],
      [[scandir, makeService({})], 111],
      [[scandir, makeService({ run: "not a script" })], 100],
      [[scandir, makeService({ run: IDLE, log: "" })], 100],
      [[scandir, makeService({ run: IDLE, "log/other": "" })], 111],
      [[scandir, makeService({ run: IDLE, "log/run": "not a script" })], 100],
    ] as const) {
      expect({ args, exitCode: ours("s6-svlink", ...args).exitCode }).toEqual({ args, exitCode });
      expect({ args, exitCode: theirs("s6-svlink", ...args).exitCode }).toEqual({ args, exitCode });
    }
    expect(readdirSync(scandir)).toEqual([".s6-svscan"]);
  });
});

describe("s6-svunlink with a C s6-svscan", () => {
  it("stops a service and its logger, waits for their supervisors, and leaves no FIFO", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService(LOGGED)];
    expect(ours("s6-svlink", scandir, servicedir)).toEqual(success);
    expect(ours("s6-svunlink", "-t", "20000", scandir, "service")).toEqual(success);
    for (const each of [servicedir, join(servicedir, "log")]) {
      expect(isSupervised(each)).toBe(false);
      expect(subscribers(each)).toEqual([]);
    }
    expect(readdirSync(scandir)).toEqual([".s6-svscan"]);
  });

  it("does not wait with -X", async () => {
    const [scandir, servicedir] = [await makeScandir(), makeService()];
    expect(ours("s6-svlink", scandir, servicedir)).toEqual(success);
    expect(ours("s6-svunlink", "-X", scandir, "service")).toEqual(success);
    expect(existsSync(join(scandir, "service"))).toBe(false);
    await expect.poll(() => isSupervised(servicedir), { timeout: 10_000 }).toBe(false);
  });

  it("succeeds when there is nothing to unlink, when the time is over, and for a real directory, which stays", async () => {
    const scandir = await makeScandir();
    expect(ours("s6-svunlink", scandir, "unknown")).toEqual(success);

    writeTree(join(scandir, "real"), { run: IDLE });
    c("s6-svscanctl", "-a", scandir);
    await expect.poll(() => isUp(join(scandir, "real")), { timeout: 10_000 }).toBe("true");
    expect(ours("s6-svunlink", "-t", "1", scandir, "real")).toEqual(success);
    expect(existsSync(join(scandir, "real", "run"))).toBe(true);
    expect(subscribers(join(scandir, "real"))).toEqual([]);
  });

  it("refuses names that cannot be services", () => {
    for (const args of [[], ["/tmp"], ["/tmp", ""], ["/tmp", ".x"], ["/tmp", "/x"], ["-t", "1s", "/tmp", "x"]]) {
      expect({ args, ...ours("s6-svunlink", ...args) }).toMatchObject({ args, exitCode: 100 });
      expect({ args, ...theirs("s6-svunlink", ...args) }).toMatchObject({ args, exitCode: 100 });
    }
  });
});
