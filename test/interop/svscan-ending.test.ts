import { closeSync, existsSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { c, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { eventually, IDLE, isSupervised, pidOf, read, scan, scanIn } from "./svscan-tree.ts";

/** Tells who it is and where it runs. */
const REPORT = '#!/bin/sh\necho "$$ $0 $# $(pwd)" > report\nls -l /proc/$$/fd > fds\n';

describe("the end of s6-svscan", () => {
  test("finish: the same process, no arguments, in the scan directory, without the lock", async () => {
    const tree = await scan({ "a/run": IDLE, ".s6-svscan/finish": `${REPORT}exit 7\n` });
    tree.up("a");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 7 });
    expect(read(tree.path("report"))).toBe(`${tree.pid} .s6-svscan/finish 0 ${tree.scandir}\n`);
    expect(read(tree.path("fds"))).not.toMatch(/lock|control|journal/);
  });

  test("finish has default signals and an empty mask", async () => {
    const tree = await scan({ ".s6-svscan/finish": "#!/bin/sh\ngrep -E '^Sig(Blk|Ign)' /proc/self/status > signals\n" });
    tree.control("t");
    await tree.ended;
    expect(read(tree.path("signals")).match(/\t0{16}$/gm)).toHaveLength(2);
  });

  test("finish runs while a service that -b left behind still runs", async () => {
    const tree = await scan(
      { "a/run": IDLE, ".s6-svscan/finish": '#!/bin/sh\ns6-svok a || echo unsupervised > report\nkill "$(cat pid)"\n' },
      { stdio: ["ignore", "ignore"] },
    );
    tree.up("a");
    writeTree(tree.scandir, { pid: String(pidOf(tree.path("a"))) });
    tree.control("b");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(read(tree.path("report"))).toBe("unsupervised\n");
  });

  test("a finish that cannot be executed: warning, and crash", async () => {
    const tree = await scan({ ".s6-svscan/finish": "not executable", ".s6-svscan/crash": `${REPORT}exit 9\n` });
    tree.control("t");
    const ended = await tree.ended;
    expect(ended).toMatchObject({ exitCode: 9 });
    expect(ended.stderr).toContain("s6-svscan: warning: unable to exec finish script");
    expect(read(tree.path("report"))).toBe(`${tree.pid} .s6-svscan/crash 0 ${tree.scandir}\n`);
  });

  test.for([
    { crash: undefined, exitCode: 127 },
    { crash: "not executable", exitCode: 126 },
  ])("neither finish nor crash can be executed: $exitCode", async ({ crash, exitCode }) => {
    const tree = await scan({
      ".s6-svscan/finish": "not executable",
      ...(crash === undefined ? {} : { ".s6-svscan/crash": crash }),
    });
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode });
  });
});

describe("the catch-all logger", () => {
  const CATCH_ALL = {
    // It must not write to its own FIFO.
    "s6-svscan-log/run": "#!/bin/sh\nexec cat < fifo >> heard 2> /dev/null\n",
    "a/run": "#!/bin/sh\ntrap 'echo a says farewell; kill $!; exit 0' TERM\necho a says hello\nsleep 1000 >/dev/null 2>&1 &\nwait\n",
    "a/finish": "#!/bin/sh\necho a is finished\n",
  };

  function makeScandir(): { scandir: string; fifo: string } {
    const scandir = makeTempDirectory();
    writeTree(scandir, CATCH_ALL);
    const fifo = join(scandir, "s6-svscan-log", "fifo");
    c("../bin/mkfifo", fifo);
    return { scandir, fifo };
  }

  test.for(["t", "i"])("hears everything to the end of -%s, and then ends", async (letters) => {
    const { scandir, fifo } = makeScandir();
    const fd = openSync(fifo, "r+");
    const tree = await scanIn(scandir, { stdio: [fd, fd] });
    closeSync(fd);
    tree.up("a", "s6-svscan-log");
    tree.control(letters);
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(read(tree.path("s6-svscan-log", "heard"))).toBe("a says hello\na says farewell\na is finished\n");
  });

  test("with -X: the console gets what comes after it, and is its supervisor's stderr", async () => {
    const { scandir, fifo } = makeScandir();
    writeTree(scandir, {
      "s6-svscan-log/run": "#!/bin/sh\nexec cat < fifo >> heard\n",
      "s6-svscan-log/finish": "#!/bin/sh\necho catch-all finished >&2\n",
      ".s6-svscan/finish": "#!/bin/sh\necho finish on stdout\necho finish on stderr >&2\n",
    });
    const fd = openSync(fifo, "r+");
    const console = openSync(join(scandir, "console"), "a");
    const tree = await scanIn(scandir, { args: ["-X", "4"], stdio: [fd, fd, console] });
    closeSync(fd);
    closeSync(console);
    tree.up("a", "s6-svscan-log");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(read(tree.path("s6-svscan-log", "heard"))).toBe("a says hello\na says farewell\na is finished\n");
    expect(read(tree.path("console"))).toBe("catch-all finished\nfinish on stdout\nfinish on stderr\n");
  });
});

describe("signal files", () => {
  const SIGNALS = ["HUP", "INT", "TERM", "QUIT", "USR1", "USR2", "PWR", "WINCH"] as const;

  test.for(SIGNALS)("SIG%s is diverted to its file, which is a child like any other", async (signal) => {
    const tree = await scan({
      "a/run": IDLE,
      [`.s6-svscan/SIG${signal}`]: '#!/bin/sh\necho "$PPID $0 $# $(pwd)" > report.new\nmv report.new report\n',
    });
    tree.up("a");
    writeTree(tree.scandir, { "b/run": IDLE });
    process.kill(tree.pid, `SIG${signal}`);
    await eventually(() => read(tree.path("report"))).toBe(`${tree.pid} .s6-svscan/SIG${signal} 0 ${tree.scandir}\n`);
    expect(isSupervised(tree.path("a"))).toBe(true);
    expect(isSupervised(tree.path("b"))).toBe(false);
    await eventually(() => zombiesOf(tree.pid)).toEqual([]);
    rmSync(tree.path(".s6-svscan", `SIG${signal}`));
  });

  test.for(["USR1", "USR2", "PWR", "WINCH"] as const)("SIG%s without a file does nothing", async (signal) => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    process.kill(tree.pid, `SIG${signal}`);
    writeTree(tree.scandir, { "b/run": IDLE });
    tree.control("a");
    tree.up("b");
    expect(tree.stderr()).toBe("");
  });

  test("a file that is not executable is as good as none", async () => {
    const tree = await scan({ "a/run": IDLE, ".s6-svscan/SIGTERM": "nothing" });
    tree.up("a");
    process.kill(tree.pid, "SIGTERM");
    expect(await tree.ended).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("a file that cannot be run draws a warning, and the default applies", async () => {
    const tree = await scan({ ".s6-svscan/SIGTERM": "#!/nonexistent\n" });
    process.kill(tree.pid, "SIGTERM");
    const ended = await tree.ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toContain("s6-svscan: warning: unable to spawn .s6-svscan/SIGTERM: No such file or directory");
  });

  test("s6-svscanctl -t is never diverted", async () => {
    const tree = await scan({ ".s6-svscan/SIGTERM": "#!/bin/sh\n" });
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
  });
});

function zombiesOf(parent: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => read(`/proc/${pid}/stat`))
    .filter((stat) => stat.includes(`) Z ${parent} `));
}

test("the orphans of a service are adopted and reaped", async () => {
  const tree = await scan({
    "a/run": "#!/bin/sh\n(sleep 1000 > /dev/null & echo $! > orphan.new; mv orphan.new orphan)\nexec sleep 1000\n",
  });
  tree.up("a");
  await eventually(() => read(tree.path("a", "orphan"))).not.toBe("");
  const pid = Number(read(tree.path("a", "orphan")));
  expect(read(`/proc/${pid}/status`)).toContain(`PPid:\t${tree.pid}\n`);
  process.kill(pid, "SIGKILL");
  await eventually(() => existsSync(`/proc/${pid}`)).toBe(false);
});
