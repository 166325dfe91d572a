import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { c, C_BIN, IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { mountDisk } from "../support/disk.ts";
import { OUR_BIN, ours, run, startOurs } from "../support/executables.ts";
import { eventually, isSupervised, type Scan, scan } from "./svscan-tree.ts";

const NOBODY = 65534;
const NOT_SPAWNED = "s6-supervise it: warning: unable to spawn ./run (waiting 60 seconds): ";

/** One service called `it`, wanted down. */
async function serve(files: Readonly<Record<string, string | Uint8Array>>): Promise<Scan & { readonly dir: string }> {
  const tree = await scan({ "it/down": "" });
  const dir = tree.path("it");
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content, { mode: 0o755 });
  await eventually(() => isSupervised(dir)).toBe(true);
  return { ...tree, dir };
}

const count = (text: string, part: string): number => text.split(part).length - 1;
const hintsIn = (text: string): string[] => text.split("\n").filter((line) => line.includes(": hint: "));

/** /bin/true for a machine that nobody has. */
function foreignProgram(): Uint8Array {
  const image = readFileSync("/bin/true");
  image.writeUInt16LE(0x1234, 18);
  return image;
}

describe("a run that can't be started", () => {
  const bad: readonly { what: string; content: string | Uint8Array; mode?: number; reason: string; hint: string }[] = [
    { what: "its interpreter is missing", content: "#!/nonexistent/sh\n", reason: "No such file or directory", hint: "run is a script for /nonexistent/sh, which does not exist" },
    { what: "CR LF", content: "#!/bin/sh\r\nexit\r\n", reason: "No such file or directory", hint: "the #! line of run ends with CR LF" },
    { what: "it is not executable", content: IDLE, mode: 0o644, reason: "Permission denied", hint: "run is not executable, its mode is 0644: chmod +x run" },
    { what: "no #!", content: "exec sleep 1000\n", reason: "Exec format error", hint: "run begins with no #! line and is no ELF program" },
    { what: "another machine", content: foreignProgram(), reason: "Exec format error", hint: "run is a program for machine 4660, and this is " },
  ];
  test.each(bad)("because of: $what", async ({ content, mode, reason, hint }) => {
    const { dir, stderr } = await serve({ run: content });
    if (mode !== undefined) chmodSync(join(dir, "run"), mode);
    c("s6-svc", "-u", dir);
    await eventually(() => stderr()).toContain(`${NOT_SPAWNED}${reason}\ns6-supervise it: hint: ${hint}`);
  });

  test("because of a noexec mount", async () => {
    const { dir, stderr } = await serve({});
    const disk = makeTempDirectory();
    mountDisk(disk, 16);
    expect(spawnSync("mount", ["-o", "remount,noexec", disk]).status).toBe(0);
    writeTree(disk, { run: IDLE });
    symlinkSync(join(disk, "run"), join(dir, "run"));
    c("s6-svc", "-u", dir);
    await eventually(() => stderr()).toContain(`Permission denied\ns6-supervise it: hint: run lies on ${disk}, which is mounted noexec`);
  });

  test("is explained once, and again when the cause is another one, or has come back", async () => {
    const { dir, stderr } = await serve({ run: "#!/nonexistent/sh\n" });
    const fail = async (times: number): Promise<void> => {
      c("s6-svc", "-u", dir);
      await eventually(() => count(stderr(), NOT_SPAWNED)).toBe(times);
    };
    for (const times of [1, 2, 3]) await fail(times);
    writeFileSync(join(dir, "run"), "#!/nonexistent/other\n");
    await fail(4);
    writeFileSync(join(dir, "run"), IDLE);
    untilHeard(dir, "u", "s6-svc", "-u", dir);
    untilHeard(dir, "D", "s6-svc", "-d", dir);
    writeFileSync(join(dir, "run"), "#!/nonexistent/other\n");
    for (const times of [5, 6]) await fail(times);
    await eventually(() => hintsIn(stderr())).toEqual(["sh", "other", "other"].map((name) => `s6-supervise it: hint: run is a script for /nonexistent/${name}, which does not exist`));
  });
});

test("a finish that can't be started", async () => {
  const { dir, stderr } = await serve({ run: IDLE, finish: "#!/nonexistent/sh\n" });
  untilHeard(dir, "u", "s6-svc", "-u", dir);
  untilHeard(dir, "D", "s6-svc", "-d", dir);
  await eventually(() => stderr()).toContain(
    "s6-supervise it: warning: unable to spawn ./finish: No such file or directory\ns6-supervise it: hint: finish is a script for /nonexistent/sh",
  );
});

describe("values", () => {
  test.each([
    ["garbage", { "notification-fd": "three\n" }, 'invalid notification-fd\ns6-supervise it: hint: the first line of notification-fd must be an unsigned decimal number and nothing else: it is "three"'],
    ["stdin", { "notification-fd": "0\n" }, "invalid notification-fd\ns6-supervise it: hint: notification-fd is 0, which is stdin of the service"],
    ["stdout", { "notification-fd": "1\n" }, "s6-supervise it: hint: notification-fd is 1, which is stdout of the service"],
    ["a clash", { "notification-fd": "3\n", "lock-fd": "3\n" }, "not starting the service\ns6-supervise it: hint: notification-fd and lock-fd are both 3"],
  ] as const)("%s", async (_what, files, text) => {
    const { dir, stderr } = await serve({ run: IDLE, ...files });
    c("s6-svc", "-u", dir);
    await eventually(() => stderr()).toContain(text);
  });
});

describe("a daemon that goes into the background", () => {
  /** They outlive their service: that is what is wrong with them. */
  const killLater = (dir: string): void => onTestFinished(() => void spawnSync("/bin/sh", ["-c", `for p in $(cat ${dir}/pids); do kill -9 $p; done`]));

  test.each([
    ["in run's session", "sleep 1000 >/dev/null 2>&1 &\n"],
    ["in a session of its own", "setsid sleep 1000 >/dev/null 2>&1 &\n"],
  ])("%s is found, and told once", async (_what, command) => {
    const { dir, stderr } = await serve({ run: `#!/bin/sh\n${command}echo $! >>pids\nexit 0\n` });
    killLater(dir);
    for (let time = 0; time < 3; time++) untilHeard(dir, "D", "s6-svc", "-o", dir);
    await eventually(() => hintsIn(stderr())).toEqual([expect.stringMatching(/^s6-supervise it: hint: run exited 0 at once and left [\w ]+ \(pid \d+\) behind/)]);
  });

  test("under a supervisor of its own, too", async () => {
    const dir = makeTempDirectory();
    writeTree(dir, { run: "#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\necho $! >>pids\nexit 0\n", down: "" });
    killLater(dir);
    const supervisor = startOurs("s6-supervise", dir);
    await eventually(() => isSupervised(dir)).toBe(true);
    untilHeard(dir, "D", "s6-svc", "-o", dir);
    expect(ours("s6-svc", "-x", dir).exitCode).toBe(0);
    expect((await supervisor.ended).stderr).toMatch(/^s6-supervise \S+: hint: run exited 0 at once and left /);
  });

  test("is not suspected where a service has simply done its work, or its daemon is supervised", async () => {
    const { dir, stderr } = await serve({ run: "#!/bin/sh\nexit 0\n" });
    untilHeard(dir, "D", "s6-svc", "-o", dir);
    writeTree(dir, { run: "#!/bin/sh\nsetsid sleep 1000 >/dev/null 2>&1 &\necho $! >daemon.pid\n", pidfile: "daemon.pid\n" });
    untilHeard(dir, "u", "s6-svc", "-o", dir);
    untilHeard(dir, "D", "s6-svc", "-d", dir);
    expect(stderr()).toBe("");
  });
});

describe("a supervise/ that is no good", () => {
  test("on a file system that is mounted read-only", () => {
    const disk = makeTempDirectory();
    mountDisk(disk, 16);
    writeTree(disk, { "it/run": IDLE });
    expect(spawnSync("mount", ["-o", "remount,ro", disk]).status).toBe(0);
    const dir = join(disk, "it");
    const first = `s6-supervise ${dir}: fatal: unable to mkdir event: Read-only file system\n`;
    expect(ours("s6-supervise", dir)).toMatchObject({ exitCode: 111, stderr: expect.stringContaining(`${first}s6-supervise ${dir}: hint: ${disk} is mounted read-only: `) });
  });

  test("that becomes read-only while its service lives: told once, and again when that has changed in between", async () => {
    const { path, stderr, up } = await scan({ "it/run": "#!/bin/sh\necho $$ >pid\nexec sleep 1000\n" }, { unlike: ["supervise/death_tally"] });
    up("it");
    const place = path("it", "supervise");
    // Files that are open for writing keep a file system writable: another one is put on top.
    const cover = (): void => void expect(spawnSync("mount", ["-t", "tmpfs", "-o", "ro", "s6-actors-test", place]).status).toBe(0);
    const uncover = (): void => void expect(spawnSync("umount", [place]).status).toBe(0);
    onTestFinished(() => void spawnSync("umount", ["--lazy", place]));
    const die = (): void => untilHeard(path("it"), "d.*u", "sh", "-c", `kill -9 $(cat ${path("it", "pid")})`);
    const hint = `s6-supervise it: hint: ${place} is mounted read-only: `;
    cover();
    for (let time = 0; time < 2; time++) die();
    await eventually(() => count(stderr(), hint)).toBe(1);
    expect(stderr()).toMatch(/^s6-supervise it: warning: unable to write supervise\/\S+: Read-only file system\ns6-supervise it: hint: /);
    uncover();
    die();
    cover();
    die();
    await eventually(() => count(stderr(), hint)).toBe(2);
    uncover();
    die();
  });

  test("of a scan directory: the same", () => {
    const disk = makeTempDirectory();
    mountDisk(disk, 16);
    const scandir = makeTempDirectory();
    writeTree(scandir, { ".s6-svscan/control": "" });
    expect(ours("s6-svscan", scandir)).toMatchObject({
      exitCode: 100, stderr: "s6-svscan: fatal: .s6-svscan/control exists and is not a FIFO\ns6-svscan: hint: .s6-svscan/control is a file: remove it, a FIFO of that name is made at the next start\n",
    });
    expect(spawnSync("mount", ["-o", "remount,ro", disk]).status).toBe(0);
    expect(ours("s6-svscan", disk).stderr).toMatch(/^s6-svscan: fatal: unable to mkdir .s6-svscan: Read-only file system\ns6-svscan: hint: \S+ is mounted read-only: /);
  });

  test("with a control that is no FIFO: told once however often the tree tries", async () => {
    const tree = await scan({ "it/run": IDLE, "it/supervise/control": "" });
    const first = "s6-supervise it: fatal: supervise/control is not a FIFO\n";
    await eventually(() => count(tree.stderr(), first)).toBeGreaterThan(1);
    expect(tree.stderr()).toContain(`${first}s6-supervise it: hint: supervise/control is a file: remove it`);
    expect(hintsIn(tree.stderr())).toHaveLength(1);
    expect(ours("s6-svc", "-u", tree.path("it"))).toMatchObject({
      exitCode: 111, stderr: `s6-svc: warning: unable to control ${tree.path("it")}: it is not a FIFO\ns6-svc: hint: ${tree.path("it")}/supervise/control is a file, no FIFO: nobody would read the command\n`,
    });
    rmSync(tree.path("it", "supervise", "control"));
    tree.up("it");
  });
});

describe("s6-svc", () => {
  const hintOf = (...args: readonly string[]): string => /hint: (.*)\n/.exec(ours("s6-svc", ...args).stderr)?.[1] ?? "";

  test("knows a scan directory, and what a service is a part of, or was left out of", async () => {
    const { scandir, path } = await scan({ "a/run": IDLE });
    expect(hintOf("-u", scandir)).toBe(`${scandir} is a scan directory: name a service in it, such as ${scandir}/a, or use s6-svscanctl`);
    expect(hintOf("-u", path("a", "run"))).toBe(`${path("a", "run")} is no service directory, but ${path("a")} is one`);
    writeTree(scandir, { "b/run": IDLE });
    expect(hintOf("-u", path("b"))).toBe(`s6-svscan runs on ${scandir}, but has not taken ${path("b")} up: s6-svscanctl -a ${scandir}`);
  });

  test("knows a directory of service directories, and one of nothing", () => {
    const dir = makeTempDirectory();
    writeTree(dir, { "services/x/run": IDLE, "nothing/file": "" });
    expect(hintOf("-u", `${dir}/services`)).toContain(`name one of them, such as ${dir}/services/x`);
    expect(hintOf("-u", `${dir}/nothing`)).toContain("there is no run in it");
    expect(hintOf("-u", `${dir}/services/x`)).toContain("has never been supervised");
  });

  test("tells who may", async () => {
    const { scandir, path } = await scan({ "a/run": IDLE });
    chmodSync(scandir, 0o755);
    const asNobody = (): string =>
      run(C_BIN, "setpriv", "--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", join(OUR_BIN, "s6-svc"), "-u", path("a")).stderr;
    const first = `s6-svc: warning: unable to control ${path("a")}: Permission denied\n`;
    await eventually(() => isSupervised(path("a"))).toBe(true);
    expect(asNobody()).toBe(`${first}s6-svc: hint: ${path("a", "supervise")} belongs to root, and its mode is 0700: only root may send commands (s6-svperms changes that)\n`);
    chmodSync(path("a", "supervise"), 0o711);
    chmodSync(path("a", "supervise", "control"), 0o620);
    chownSync(path("a", "supervise", "control"), 0, 2);
    expect(asNobody()).toMatch(/hint: \S+\/supervise\/control belongs to root, and its mode is 0620: only the group \S+, root may/);
  });
});
