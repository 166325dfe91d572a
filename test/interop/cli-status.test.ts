import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { c, IDLE, IDLE_READY, makeTempDirectory, superviseWithC, untilHeard } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";

const FIELDS = "up,wantedup,normallyup,ready,paused,pid,exitcode,signal,signum,updownsince,readysince";
/** What differs between releases (the process group, shown since 2.13), and what changes while one looks. */
const comparable = (line: string): string => line.replace(/ pgid \d+/, "").replace(/\d+ seconds/g, "N seconds");

function expectSameStatus(servicedir: string): void {
  expect(ours("s6-svstat", "-o", FIELDS, servicedir)).toEqual(theirs("s6-svstat", "-o", FIELDS, servicedir));
  for (const options of [[], ["-n"]]) {
    const mine = ours("s6-svstat", ...options, servicedir);
    const original = theirs("s6-svstat", ...options, servicedir);
    expect({ ...mine, stdout: comparable(mine.stdout) }).toEqual({ ...original, stdout: comparable(original.stdout) });
  }
}

describe("s6-svstat and s6-svok on a C supervisor", () => {
  it("agree with C on a running service", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expectSameStatus(servicedir);
    expect(ours("s6-svstat", servicedir).stdout).toMatch(/^up \(pid (\d+) pgid \1\) \d+ seconds\n$/);
    expect(ours("s6-svok", servicedir)).toEqual(theirs("s6-svok", servicedir));
    expect(ours("s6-svok", servicedir).exitCode).toBe(0);
  });

  it("agree with C on a ready, paused service that is normally and wanted down", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE_READY, "notification-fd": "3\n" }, "U");
    writeFileSync(join(servicedir, "down"), "");
    c("s6-svc", "-Op", servicedir);
    await expect.poll(() => theirs("s6-svstat", "-o", "paused", servicedir).stdout).toBe("true\n");
    expectSameStatus(servicedir);
    expect(ours("s6-svstat", servicedir).stdout).toContain(", normally down, paused, want down, ready ");
  });

  it("agree with C on services that were killed, that failed, and that are finishing", async () => {
    const killed = await superviseWithC(makeTempDirectory());
    c("s6-svc", "-wD", "-Ok", killed.servicedir);
    expectSameStatus(killed.servicedir);
    expect(ours("s6-svstat", "-o", "signal,signum", killed.servicedir).stdout).toBe("SIGKILL 9\n");

    const failed = await superviseWithC(makeTempDirectory(), { run: "#!/bin/sh\nexit 7\n", down: "" });
    untilHeard(failed.servicedir, "D", "s6-svc", "-o", failed.servicedir);
    expectSameStatus(failed.servicedir);

    const finishing = await superviseWithC(makeTempDirectory(), {
      run: IDLE,
      finish: "#!/bin/sh\nread line < go\n",
    });
    c("mkfifo", join(finishing.servicedir, "go"));
    c("s6-svc", "-wd", "-t", finishing.servicedir);
    expectSameStatus(finishing.servicedir);
    expect(ours("s6-svstat", "-up", finishing.servicedir).stdout).toBe("false -1\n");
    writeFileSync(join(finishing.servicedir, "go"), "\n");
  });

  it("agree with C that nobody is there", async () => {
    const { servicedir, kill } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    kill();
    for (const directory of [servicedir, makeTempDirectory(), "/nonexistent"]) {
      expect(ours("s6-svok", directory)).toEqual(theirs("s6-svok", directory));
      expect(ours("s6-svok", directory).exitCode).toBe(1);
      expect(ours("s6-svstat", directory)).toEqual({
        exitCode: 1,
        signal: null,
        stdout: "",
        stderr: `s6-svstat: fatal: unable to read status for ${directory}: s6-supervise not running\n`,
      });
      expect(theirs("s6-svstat", directory).exitCode).toBe(1);
    }
  });

  it("report system errors with 111, as C does", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    truncateSync(join(servicedir, "supervise", "status"), 20);
    expect(ours("s6-svstat", servicedir)).toEqual(theirs("s6-svstat", servicedir));
    expect(ours("s6-svstat", servicedir).exitCode).toBe(111);
    rmSync(join(servicedir, "supervise", "status"));
    expect(ours("s6-svstat", servicedir)).toEqual(theirs("s6-svstat", servicedir));

    const file = join(makeTempDirectory(), "file");
    writeFileSync(file, "");
    expect(ours("s6-svok", file).exitCode).toBe(theirs("s6-svok", file).exitCode);
    expect(ours("s6-svok", file).exitCode).toBe(111);
  });

  it("print a line for each of several directories, and fail with the last that failed", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    const other = makeTempDirectory();
    expect(ours("s6-svstat", "-u", servicedir, other, servicedir)).toMatchObject({
      exitCode: 1,
      stdout: `${servicedir}: true\n${servicedir}: true\n`,
    });
    const json = ours("s6-svstat", "--json", servicedir, other);
    expect(json.exitCode).toBe(1);
    const [first, second] = json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as unknown);
    expect(first).toMatchObject({ servicedir, supervised: true, up: true, ready: false, exitcode: null });
    expect(second).toEqual({ servicedir: other, supervised: false });
  });
});

describe("s6-svdt and s6-svdt-clear on a C supervisor", () => {
  it("agree with C on every kind of death", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: "#!/bin/sh\nexit 7\n", down: "" });
    untilHeard(servicedir, "D", "s6-svc", "-o", servicedir);
    writeFileSync(join(servicedir, "run"), IDLE);
    c("s6-svc", "-wu", "-u", servicedir);
    c("s6-svc", "-wD", "-d", servicedir);

    for (const options of [[], ["-s"], ["-S"], ["-n1"], ["-n", "0"], ["-n4096"], ["-n99999"]]) {
      expect(ours("s6-svdt", ...options, servicedir)).toEqual(theirs("s6-svdt", ...options, servicedir));
    }
    expect(ours("s6-svdt", servicedir).stdout).toMatch(/^@[0-9a-f]{24} exitcode 7\n@[0-9a-f]{24} signal SIGTERM\n$/);
    const records = ours("s6-svdt", "--json", "-n1", servicedir).stdout;
    expect(JSON.parse(records)).toMatchObject({ exitcode: null, signal: "SIGTERM", signum: 15 });

    expect(ours("s6-svdt-clear", servicedir)).toEqual({ exitCode: 0, signal: null, stdout: "", stderr: "" });
    expect(theirs("s6-svdt", servicedir).stdout).toBe("");
  });

  it("show a corrupt or absent tally as empty, and an unsupervised directory as an error", () => {
    const servicedir = makeTempDirectory();
    expect(ours("s6-svdt", servicedir)).toEqual(theirs("s6-svdt", servicedir));
    expect(ours("s6-svdt-clear", servicedir)).toMatchObject({ exitCode: 111 });
    c("s6-mkfifodir", join(servicedir, "supervise"));
    expect(ours("s6-svdt", servicedir)).toMatchObject({ exitCode: 0, stdout: "" });
    writeFileSync(join(servicedir, "supervise", "death_tally"), "thirteen byte");
    expect(ours("s6-svdt", servicedir)).toMatchObject({ exitCode: 0, stdout: "" });
  });
});
