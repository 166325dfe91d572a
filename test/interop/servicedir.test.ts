import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { c, IDLE, IDLE_READY, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { eventually, isAlive, isSupervised, pidOf, read, type Scan, scan, scanIn } from "./svscan-tree.ts";

/** One service called `it` under our s6-svscan, up. */
async function serve(files: Readonly<Record<string, string>>): Promise<Scan & { readonly dir: string }> {
  const tree = await scan(Object.fromEntries(Object.entries(files).map(([name, text]) => [`it/${name}`, text])));
  if (!("down" in files)) tree.up("it");
  else await eventually(() => isSupervised(tree.path("it"))).toBe(true);
  return { ...tree, dir: tree.path("it") };
}
const waitFor = (state: "-u" | "-U" | "-d" | "-D", dir: string): string => c("s6-svwait", state, "-t", "20000", dir);
const field = (name: string, dir: string): string => theirs("s6-svstat", "-o", name, dir).stdout.trim();

describe("run and finish", () => {
  test("run is the leader of its session, in its directory, with its name; finish gets four arguments", async () => {
    const { dir } = await serve({
      run: "#!/bin/sh\necho \"$0 $1 $(pwd -P)\" >told\ncut -d' ' -f5,6 /proc/$$/stat >session\nexec sleep 1000\n",
      finish: "#!/bin/sh\necho \"$0 $@\" >finished\n",
    });
    const pid = pidOf(dir);
    await eventually(() => read(`${dir}/session`)).toBe(`${pid} ${pid}\n`);
    expect(read(`${dir}/told`)).toBe(`./run it ${dir}\n`);
    untilHeard(dir, "D", "s6-svc", "-Ok", dir);
    expect(read(`${dir}/finished`)).toBe(`./finish 256 9 it ${pid}\n`);
  });

  test("no descriptor of ours leaks, and the soft limit of open files is the one we were started with", async () => {
    const { dir } = await serve({ run: "#!/bin/sh\nls /proc/self/fd >fds\nulimit -Sn >limit\nexec sleep 1000\n" });
    // Whatever this test was started with leaks through, as it does in C; ls holds one on what it lists.
    const born = spawnSync("/bin/sh", ["-c", "ls /proc/self/fd"], { encoding: "utf8" }).stdout;
    await eventually(() => read(`${dir}/fds`)).toBe(born);
    await eventually(() => read(`${dir}/limit`)).toBe(spawnSync("/bin/sh", ["-c", "ulimit -Sn"], { encoding: "utf8" }).stdout);
  });

  test("a run that cannot be executed leaves the service down, and u tries again at once", async () => {
    const { dir, stderr } = await serve({ run: IDLE, down: "" });
    chmodSync(`${dir}/run`, 0o644);
    c("s6-svc", "-u", dir);
    await eventually(() => stderr()).toContain("s6-supervise it: warning: unable to spawn ./run (waiting 60 seconds): Permission denied");
    expect(field("up,wantedup", dir)).toBe("false true");
    chmodSync(`${dir}/run`, 0o755);
    untilHeard(dir, "u", "s6-svc", "-u", dir);
    expect(field("up", dir)).toBe("true");
  });

  test("finish that exits 125 means permanent failure", async () => {
    const { dir } = await serve({ run: IDLE, finish: "#!/bin/sh\nexit 125\n" });
    untilHeard(dir, "dOD", "s6-svc", "-k", dir);
    expect(field("up,wantedup", dir)).toBe("false false");
  });

  test("flag-newpidns makes run the first process of its world", async () => {
    const { dir } = await serve({ run: "#!/bin/sh\necho $$ >me\nexec sleep 1000\n", "flag-newpidns": "", "down-signal": "KILL\n" });
    await eventually(() => read(`${dir}/me`)).toBe("1\n");
    expect(pidOf(dir)).toBeGreaterThan(1);
  });
});

describe("readiness", () => {
  test("a message without a newline is no readiness, and freezes nothing", async () => {
    const { dir } = await serve({ run: "#!/bin/sh\nprintf abc >&3\n: >said\nexec sleep 1000\n", "notification-fd": "3\n" });
    await eventually(() => existsSync(`${dir}/said`)).toBe(true);
    untilHeard(dir, "d", "s6-svc", "-k", dir);
    waitFor("-u", dir);
    untilHeard(dir, "D", "s6-svc", "-d", dir);
  });

  test.each(["0", "1000000000"])("notification-fd %s draws a warning, and the service starts without", async (fd) => {
    const { dir, stderr } = await serve({ run: IDLE, "notification-fd": `${fd}\n` });
    await eventually(() => stderr()).toContain("s6-supervise it: warning: invalid notification-fd");
    expect(field("up,ready", dir)).toBe("true false");
  });

  test("the same number for lock-fd is refused, until a command tries again", async () => {
    const { dir, stderr } = await serve({ run: IDLE, "notification-fd": "3\n", "lock-fd": "3\n", down: "" });
    c("s6-svc", "-u", dir);
    await eventually(() => stderr()).toContain("the same descriptor");
    expect(field("up", dir)).toBe("false");
    rmSync(`${dir}/lock-fd`);
    untilHeard(dir, "u", "s6-svc", "-u", dir);
  });
});

describe("lock-fd", () => {
  test("is really held by the service, and a second copy waits for the first to end", async () => {
    const tree = await serve({ run: "#!/bin/sh\necho $$ >>ran\nexec sleep 1000\n", "lock-fd": "7\n" });
    const { dir, scandir } = tree;
    await eventually(() => read(`${dir}/ran`)).toMatch(/^\d+\n$/);
    const first = pidOf(dir);
    expect(theirs("s6-setlock", "-n", `${dir}/supervise/service-lock`, "true").exitCode).toBe(1);

    const gone = once(tree.process, "exit");
    tree.process.kill("SIGKILL"); // the service outlives its tree
    await gone;
    rmSync(`${scandir}/.s6-svscan/ledger`); // as if it had been a C tree: nothing says what it left behind
    const successor = await scanIn(scandir);
    successor.up("it");
    await eventually(() => successor.stderr()).toContain("another instance of the service is already running");
    const second = pidOf(dir);
    expect(second).not.toBe(first);
    expect(read(`${dir}/ran`)).toBe(`${first}\n`);
    process.kill(first, "SIGKILL");
    await eventually(() => read(`${dir}/ran`)).toBe(`${first}\n${second}\n`);
  });
});

describe("signals and time limits", () => {
  test("timeout-kill with flag-timeout-killpg takes the whole group", async () => {
    const { dir } = await serve({
      run: "#!/bin/sh\ntrap '' TERM\nsleep 1000 & echo $! >child\nexec sleep 1000\n",
      "timeout-kill": "100\n",
      "flag-timeout-killpg": "",
    });
    await eventually(() => read(`${dir}/child`)).not.toBe("");
    const child = Number(read(`${dir}/child`));
    untilHeard(dir, "D", "s6-svc", "-d", dir);
    expect(field("signal", dir)).toBe("SIGKILL");
    await eventually(() => isAlive(child)).toBe(false);
  });

  test("l sends the reload signal, P C K go to the group", async () => {
    const { dir } = await serve({
      run: "#!/bin/sh\ntrap 'echo usr2 >>heard' USR2\nsleep 1000 & echo $! >child\n: >deaf\nwhile :; do wait; done\n",
      "reload-signal": "USR2\n",
    });
    await eventually(() => existsSync(`${dir}/deaf`)).toBe(true);
    expect(ours("s6-svc", "-l", dir).exitCode).toBe(0);
    await eventually(() => read(`${dir}/heard`)).toBe("usr2\n");
    const child = Number(read(`${dir}/child`));
    const stateOf = (): string => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1] ?? "";
    expect(ours("s6-svc", "-P", dir).exitCode).toBe(0);
    await eventually(stateOf).toBe("T");
    expect(field("paused", dir)).toBe("true");
    expect(ours("s6-svc", "-C", dir).exitCode).toBe(0);
    await eventually(stateOf).toBe("S");
    expect(ours("s6-svc", "-OK", dir).exitCode).toBe(0);
    waitFor("-D", dir);
    await eventually(() => isAlive(child)).toBe(false);
  });

  test("Q forgets to restart and leaves a down file", async () => {
    const { dir } = await serve({ run: IDLE });
    expect(ours("s6-svc", "-Q", dir).exitCode).toBe(0);
    await eventually(() => field("wantedup,normallyup", dir)).toBe("false false");
    untilHeard(dir, "D", "s6-svc", "-k", dir);
    expect(field("up", dir)).toBe("false");
  });
});

describe("the death tally", () => {
  test("is made anew from the journal when supervise/ was wiped, and stays cleared when it was cleared", async () => {
    const first = await scan({ "a/run": IDLE, "b/run": IDLE });
    const deathsOf = (name: string): string[] => theirs("s6-svdt", first.path(name)).stdout.split("\n").slice(0, -1);
    first.up("a", "b");
    for (const name of ["a", "b"]) {
      expect(theirs("s6-svc", "-k", "-wd", first.path(name)).exitCode).toBe(0);
      first.up(name);
    }
    await eventually(() => deathsOf("a").length).toBe(1);
    const [killed] = deathsOf("a");
    first.control("t");
    await first.ended;
    rmSync(first.path("a", "supervise"), { recursive: true });
    expect(theirs("s6-svdt-clear", first.path("b")).exitCode).toBe(0);

    const second = await scanIn(first.scandir);
    second.up("a", "b");
    await eventually(() => deathsOf("a")[0]).toBe(killed);
    expect(deathsOf("a")).toHaveLength(2); // the second is what -t did
    expect(deathsOf("b")).toHaveLength(0);
  });

  test("survives a restart of the supervisor, and garbage in it is dropped with a warning", async () => {
    const { dir, stderr, control } = await serve({ run: IDLE });
    untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    untilHeard(dir, "s", "s6-svc", "-dx", dir); // the tree brings it back
    control("a");
    expect(theirs("s6-svdt", dir).stdout).toMatch(/SIGKILL\n@.*SIGTERM\n$/);
    waitFor("-u", dir);
    writeFileSync(`${dir}/supervise/death_tally`, "garbage");
    untilHeard(dir, "d", "s6-svc", "-k", dir);
    expect(theirs("s6-svdt", dir).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
    await eventually(() => stderr()).toContain("death_tally was corrupt");
  });

  test.each([["2", 2], ["0", 0]])("max-death-tally %s keeps %i", async (max, kept) => {
    const { dir } = await serve({ run: IDLE_READY, "notification-fd": "3\n", "max-death-tally": `${max}\n` });
    for (let death = 0; death < 3; death++) {
      waitFor("-U", dir);
      untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    }
    expect(theirs("s6-svdt", dir).stdout.split("\n")).toHaveLength(kept + 1);
  });
});

describe("pidfile", () => {
  const daemon = "#!/bin/sh\nsetsid sleep 1000 >/dev/null 2>&1 &\necho $! >daemon.pid\nexit 0\n";

  test("the child that a forking daemon leaves behind is supervised, and its exit status is known", async () => {
    const { dir } = await serve({ run: daemon, pidfile: "daemon.pid\n", "notification-fd": "3\n" });
    waitFor("-U", dir);
    const pid = Number(read(`${dir}/daemon.pid`));
    expect(pidOf(dir)).toBe(pid);
    untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
    expect(theirs("s6-svdt", dir).stdout).toMatch(/signal SIGKILL\n$/);
    waitFor("-U", dir);
    expect(pidOf(dir)).not.toBe(pid);
    const second = pidOf(dir);
    untilHeard(dir, "D", "s6-svc", "-d", dir);
    expect(isAlive(second)).toBe(false);
  });

  test("a pid file that names a stranger is refused, and the stranger is left alone", async () => {
    const stranger = spawnSync("/bin/sh", ["-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"], { encoding: "utf8" });
    const pid = Number(stranger.stdout);
    onTestFinished(() => void process.kill(pid, "SIGKILL"));
    const { dir, stderr } = await serve({ run: "#!/bin/sh\nexit 0\n", pidfile: "stale.pid\n", "stale.pid": `${pid}\n`, down: "" });
    untilHeard(dir, "D", "s6-svc", "-o", dir);
    await eventually(() => stderr()).toContain(`stale.pid names process ${pid}, which run did not leave behind`);
    expect(field("exitcode", dir)).toBe("0");
    expect(isAlive(pid)).toBe(true);
  });

  test("a parent that fails is a death like any other", async () => {
    const { dir } = await serve({ run: "#!/bin/sh\nexit 3\n", pidfile: "daemon.pid\n", down: "" });
    untilHeard(dir, "D", "s6-svc", "-o", dir);
    expect(field("exitcode", dir)).toBe("3");
  });
});

describe("supervise/ and event/", () => {
  test.each(["missing", "existing"])("may be symbolic links to a %s directory, twice", async (target) => {
    const scandir = makeTempDirectory();
    const elsewhere = makeTempDirectory();
    writeTree(`${scandir}/it`, { run: IDLE });
    for (const name of ["supervise", "event"]) {
      if (target === "existing") mkdirSync(`${elsewhere}/${name}`, { mode: 0o700 });
      symlinkSync(`${elsewhere}/${name}`, `${scandir}/it/${name}`);
    }
    for (const _time of [1, 2]) {
      const tree = await scanIn(scandir);
      tree.up("it");
      tree.control("t");
      await tree.ended;
    }
    expect(existsSync(`${elsewhere}/supervise/status`)).toBe(true);
  });

  test("a supervise that is no directory is refused with 100 by a standalone s6-supervise", () => {
    const dir = makeTempDirectory();
    writeTree(dir, { run: IDLE, supervise: "" });
    expect(ours("s6-supervise", dir)).toMatchObject({ exitCode: 100, stderr: `s6-supervise ${dir}: fatal: supervise exists and is not a directory\n` });
  });
});
