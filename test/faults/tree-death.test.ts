import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SLOT_BYTES } from "../../src/actors/ledger.ts";
import { c, IDLE, IDLE_READY, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { killProcessesBelow, processesIn } from "../support/processes.ts";
import { eventually, isAlive, isSupervised, pidOf, read, type Scan, scan, scanIn, waitForUp } from "../interop/svscan-tree.ts";

/** Services that live on must not keep the pipes of the tree that is dead. A death that it had not committed is in the tally alone. */
const SILENT = { stdio: ["ignore", "ignore"], unlike: ["supervise/death_tally"] } as const;
/** What finish is told goes to `told`. */
const TOLD = '#!/bin/sh\necho "$1 $2" >>told\n';

/** Whatever a test leaves running goes with it. */
function ownProcesses(scandir: string): void {
  onTestFinished(() => killProcessesBelow(scandir));
}

async function startTree(files: Readonly<Record<string, string>>): Promise<Scan> {
  const tree = await scan(files, SILENT);
  ownProcesses(tree.scandir);
  return tree;
}

async function killTree(tree: Scan): Promise<void> {
  tree.process.kill("SIGKILL");
  await tree.ended;
}

describe("kill -9 of the whole tree", () => {
  test("leaves every service running, and the next tree takes them over: nothing is started twice", async () => {
    const first = await startTree({ "a/run": IDLE, "b/run": IDLE_READY, "b/notification-fd": "3\n", "c/run": IDLE, "c/down": "" });
    first.up("a", "b");
    c("s6-svwait", "-U", "-t", "20000", first.path("b"));
    const before = theirs("s6-svstat", "-o", "up,ready,pid,updownsince", first.path("b")).stdout;
    const pid = pidOf(first.path("a"));
    await killTree(first);
    const second = await scanIn(first.scandir, SILENT);
    second.up("a", "b");
    expect(pidOf(second.path("a"))).toBe(pid);
    expect(processesIn(second.path("a"))).toEqual([pid]);
    expect(theirs("s6-svstat", "-o", "up,ready,pid,updownsince", second.path("b")).stdout).toBe(before);
    expect(theirs("s6-svstat", "-o", "up", second.path("c")).stdout).toBe("false\n");

    untilHeard(second.path("a"), "d.*u", "s6-svc", "-k", second.path("a"));
    expect(isAlive(pid)).toBe(false);
    expect(processesIn(second.path("a"))).toEqual([pidOf(second.path("a"))]);
  });

  test("loses no line between a service and its logger, and a service that was starting still becomes ready", async () => {
    const first = await startTree({
      "a/run": "#!/bin/sh\nn=0\nwhile n=$((n+1)); do echo $n; sleep 0.01; done\n",
      "a/log/run": "#!/bin/sh\nexec cat >>heard\n",
      "late/run": "#!/bin/sh\nuntil test -e go; do sleep 0.05; done\necho >&3\nexec sleep 1000\n",
      "late/notification-fd": "3\n",
    });
    first.up("a", "late");
    await eventually(() => read(first.path("a", "log", "heard")).length).toBeGreaterThan(50);
    await killTree(first);
    const second = await scanIn(first.scandir, SILENT);
    second.up("a", "late");
    writeFileSync(second.path("late", "go"), "");
    c("s6-svwait", "-U", "-t", "20000", second.path("late"));
    const heard = (): string[] => read(second.path("a", "log", "heard")).split("\n").slice(0, -1);
    const there = heard().length;
    await eventually(() => heard().length).toBeGreaterThan(there + 20);
    expect(heard()).toEqual(heard().map((_, index) => String(index + 1)));
  });

  test("a death that nobody saw is one of unknown status, and is not invented for the tally", async () => {
    const first = await startTree({ "a/run": IDLE, "a/finish": TOLD });
    first.up("a");
    const pid = pidOf(first.path("a"));
    await killTree(first);
    process.kill(pid, "SIGKILL");
    await eventually(() => isAlive(pid)).toBe(false);
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => read(second.path("a", "told"))).toMatch(/^256 [09]\n$/);
    await eventually(() => ![-1, pid].includes(pidOf(second.path("a")))).toBe(true);
  });

  test("how a service that was taken over ended is known as soon as its parent has waited for it", async () => {
    const scandir = makeTempDirectory();
    writeTree(scandir, { "a/run": IDLE });
    // As pid 1 of a namespace the shell inherits the service, and waits for whatever ends.
    const script = 's6-svscan "$0" & read go; kill -9 $!; s6-svscan "$0" & while :; do wait; sleep 0.01; done';
    const child = spawn("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, scandir], {
      stdio: ["pipe", "ignore", "ignore"],
      env: { ...process.env, PATH: `${OUR_BIN}:/usr/bin:/bin` },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const dir = join(scandir, "a");
    waitForUp(dir);
    const pid = pidOf(dir);
    child.stdin.write("go\n");
    await eventually(() => isSupervised(dir)).toBe(false);
    waitForUp(dir);
    expect(pidOf(dir)).toBe(pid);
    untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    expect(theirs("s6-svdt", dir).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
  });

  test("a service that was wanted down stays down, one that was stopping is still killed when its time is over", async () => {
    const first = await startTree({
      "down/run": IDLE,
      "stubborn/run": "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n",
      "stubborn/timeout-kill": "3000\n",
    });
    first.up("down", "stubborn");
    untilHeard(first.path("down"), "D", "s6-svc", "-d", first.path("down"));
    const pid = pidOf(first.path("stubborn"));
    c("s6-svc", "-d", first.path("stubborn"));
    await eventually(() => theirs("s6-svstat", "-o", "wantedup", first.path("stubborn")).stdout).toBe("false\n");
    await killTree(first);
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => isSupervised(second.path("stubborn"))).toBe(true);
    expect(pidOf(second.path("stubborn"))).toBe(pid);
    c("s6-svwait", "-D", "-t", "20000", second.path("stubborn"), second.path("down"));
    expect(isAlive(pid)).toBe(false);
  });

  test("a finish script in flight is taken over, too", async () => {
    const first = await startTree({ "a/run": IDLE, "a/finish": "#!/bin/sh\nuntil test -e go; do sleep 0.05; done\n", "a/timeout-finish": "0\n" });
    first.up("a");
    untilHeard(first.path("a"), "d", "s6-svc", "-k", first.path("a"));
    const [finish] = processesIn(first.path("a"));
    await killTree(first);
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => isSupervised(second.path("a"))).toBe(true);
    expect(processesIn(second.path("a")).slice(0, 1)).toEqual([finish]);
    writeFileSync(second.path("a", "go"), "");
    waitForUp(second.path("a"));
  });

  // The process is dead and waited for, or its successor is started, and the ledger does not know it yet.
  test.each(["run.died", "finish.spawned", "finish.died", "run.spawned"])("at %s, the most awkward moment, costs nothing but a status", async (fact) => {
    const files = { "a/run": IDLE, "a/finish": TOLD, "a/data/.keep": "" };
    const first = await scan(files, { ...SILENT, environment: { S6_ACTORS_FAULT: `kill:a:${fact}` } });
    ownProcesses(first.scandir);
    first.up("a");
    const pid = pidOf(first.path("a"));
    writeFileSync(first.path("a", "data", "fault"), "");
    process.kill(pid, "SIGTERM");
    await first.ended;
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => ![-1, pid].includes(pidOf(second.path("a"))) && isAlive(pidOf(second.path("a")))).toBe(true);
    expect(processesIn(second.path("a"))).toEqual([pidOf(second.path("a"))]);
    // Nobody knows how run ended when nobody had noted it.
    expect(read(second.path("a", "told"))).toBe(fact === "run.died" ? "256 0\n" : "256 15\n");
  });

  test("between a death and the start of its finish leaves that to the next tree", async () => {
    const files = { "a/run": IDLE, "a/finish": TOLD, "a/data/.keep": "" };
    const first = await scan(files, { ...SILENT, environment: { S6_ACTORS_FAULT: "kill:a:spawnFinish" } });
    ownProcesses(first.scandir);
    first.up("a");
    const pid = pidOf(first.path("a"));
    writeFileSync(first.path("a", "data", "fault"), "");
    process.kill(pid, "SIGTERM");
    await first.ended;
    expect(existsSync(first.path("a", "told"))).toBe(false);
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => existsSync(second.path("a", "told")) && read(second.path("a", "told"))).toBe("256 15\n");
    second.up("a");
  });

  test("a pid that belongs to another process by now is never taken over", async () => {
    const first = await startTree({ "a/run": IDLE });
    first.up("a");
    const pid = pidOf(first.path("a"));
    await killTree(first);
    const ledger = openSync(first.path(".s6-svscan", "ledger"), "r+");
    const born = SLOT_BYTES + 4 * 16; // as if the process with this pid had been started by somebody else
    writeSync(ledger, Uint8Array.of(1, 2, 3, 4), 0, 4, born);
    const second = await scanIn(first.scandir, SILENT);
    await eventually(() => ![-1, pid].includes(pidOf(second.path("a")))).toBe(true);
    expect(isAlive(pid)).toBe(true); // a stranger: left alone
    process.kill(pid, "SIGKILL");
  });

  test("a new directory that gets the inode of a removed one inherits nothing", async () => {
    const first = await startTree({ "a/run": IDLE });
    first.up("a");
    untilHeard(first.path("a"), "D", "s6-svc", "-d", first.path("a"));
    await killTree(first);
    rmSync(first.path("a", "supervise"), { recursive: true }); // what tells it from a new one
    const second = await scanIn(first.scandir, SILENT);
    second.up("a"); // though the ledger says that it is wanted down
  });

  test("services that went away for good take no room from new ones", async () => {
    const names = (prefix: string): string[] => Array.from({ length: 6 }, (_, index) => `${prefix}${index}`);
    const first = await scan(Object.fromEntries(names("a").map((name) => [`${name}/run`, IDLE])), { ...SILENT, args: ["-C", "6"] });
    ownProcesses(first.scandir);
    first.up(...names("a"));
    await killTree(first);
    for (const name of names("a")) renameSync(first.path(name), first.path(`.${name}`));
    for (const name of names("b")) writeTree(first.scandir, { [`${name}/run`]: IDLE });
    const second = await scanIn(first.scandir, { ...SILENT, args: ["-C", "6"] });
    second.up(...names("b"));
  });

  test("a ledger of another boot, or garbage, is begun anew", async () => {
    const first = await startTree({ "a/run": IDLE });
    first.up("a");
    const pid = pidOf(first.path("a"));
    first.control("t");
    await first.ended;
    const path = first.path(".s6-svscan", "ledger");
    writeFileSync(path, readFileSync(path).fill(255, 0, 64));
    const second = await scanIn(first.scandir, SILENT);
    second.up("a");
    expect(isAlive(pid)).toBe(false);
  });
});

test("kill -9 of a standalone s6-supervise: the next one takes the service over", async () => {
  const dir = makeTempDirectory();
  writeTree(dir, { run: IDLE });
  const supervise = (): { pid: number; kill(signal: NodeJS.Signals): Promise<unknown> } => {
    const child = spawn(join(OUR_BIN, "s6-supervise"), [dir], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    return { pid: child.pid ?? -1, kill: (signal) => (child.kill(signal), ended) };
  };
  const first = supervise();
  waitForUp(dir);
  const pid = pidOf(dir);
  await first.kill("SIGKILL");
  expect(isAlive(pid)).toBe(true);
  const second = supervise();
  waitForUp(dir);
  expect(pidOf(dir)).toBe(pid);
  untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
  expect(processesIn(dir).filter((worker) => worker !== second.pid)).toEqual([pidOf(dir)]);
  await second.kill("SIGTERM");
});
