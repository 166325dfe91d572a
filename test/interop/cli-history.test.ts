import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeStatus, decodeStatus } from "../../src/formats/status.ts";
import { c, IDLE, IDLE_READY, makeTempDirectory, superviseWithC, untilHeard } from "../support/c-tree.ts";
import { OUR_BIN, ours } from "../support/executables.ts";
import { eventually, pidOf, type Scan, scan } from "./svscan-tree.ts";

const lines = (...args: readonly string[]): string[] => {
  const { exitCode, stdout, stderr } = ours("s6-svhistory", ...args);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout.split("\n").slice(0, -1);
};
/** Without the times. */
const told = (...args: readonly string[]): string[] => lines(...args).map((line) => line.replace(/^.{23} {2}/, "").replace(/ \(.*/, ""));

/** A tree in which things have happened, all of them committed. */
async function eventful(): Promise<Scan> {
  const tree = await scan({ "a/run": IDLE, "b/run": IDLE_READY, "b/notification-fd": "3\n", "c/run": "#!/bin/sh\nexit 7\n", "c/down": "" });
  tree.up("a", "b");
  c("s6-svwait", "-U", "-t", "20000", tree.path("b"));
  untilHeard(tree.path("a"), "D", "s6-svc", "-d", tree.path("a"));
  untilHeard(tree.path("a"), "u", "s6-svc", "-u", tree.path("a"));
  const pid = pidOf(tree.path("a"));
  untilHeard(tree.path("a"), "d.*u", "kill", "-9", String(pid));
  untilHeard(tree.path("c"), "D", "s6-svc", "-o", tree.path("c"));
  await eventually(() => told(tree.path("c")).at(-1)).toContain("exited 7");
  await eventually(() => told(tree.path("a")).at(-1)).toContain("restart after");
  return tree;
}

describe("s6-svhistory", () => {
  test("tells what happened in order and why, while the tree runs and when it does not", async () => {
    const tree = await eventful();
    const history = [
      "a: supervisor started",
      "a: started: the supervisor started",
      "a: s6-svc -d: down",
      "a: was killed by SIGTERM, as it was told",
      "a: s6-svc -u: up",
      "a: started: s6-svc -u: up",
      "a: was killed by SIGKILL",
      "a: started: restart after it was killed by SIGKILL",
    ];
    expect(told(tree.path("a"))).toEqual(history);
    expect(told("-n", "2", tree.path("a"))).toEqual(history.slice(-2));
    expect(told("--kind=death", "--since", "1h", tree.path("a"))).toEqual([history[3], history[6]]);
    expect(told("--until=1h", tree.path("a"))).toEqual([]);
    expect(told("-n1", tree.path("a"), tree.path("c"))).toHaveLength(2);
    expect(new Set(told(tree.scandir).map((line) => line.split(":")[0]))).toEqual(new Set(["a", "b", "c"]));
    const [death] = lines("--json", "--kind", "death", "-n", "1", tree.path("c")).map((line) => JSON.parse(line) as object);
    expect(death).toMatchObject({ service: "c", kind: "death", exitCode: 7, signal: null, ordered: true });

    expect(lines("--stats", tree.path("a")).join("\n")).toMatch(/crashes +1\n.*stops asked for +1\n/);
    expect(lines("--at", "0s", tree.path("b")).join()).toMatch(/^b: ready \(pid \d+\) since /);
    expect(lines("--at=1h", tree.path("b"))).toEqual(["b: not known yet"]);
    expect(lines("--timeline", tree.scandir)).toHaveLength(5);

    tree.control("t");
    await tree.ended;
    expect(told(tree.path("a")).slice(0, history.length)).toEqual(history);
    rmSync(tree.path("a"), { recursive: true });
    expect(told(tree.scandir).filter((line) => line.startsWith("a: "))).toContain(history[6]); // gone, and remembered
  });

  test("--verify finds a status or a tally that the journal does not know", async () => {
    const tree = await eventful();
    expect(lines("--verify", tree.scandir)).toEqual([]);
    const path = tree.path("b", "supervise", "status");
    const status = decodeStatus(readFileSync(path));
    if (status === undefined) throw new Error("no status");
    writeFileSync(path, encodeStatus({ ...status, wantedUp: false }));
    const tally = tree.path("a", "supervise", "death_tally");
    const deaths = readFileSync(tally);
    appendFileSync(tally, Buffer.alloc(14));
    const { exitCode, stdout } = ours("s6-svhistory", "-v", tree.scandir);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("b: supervise/status: wantedUp is false, by the journal true");
    expect(stdout).toContain("a: supervise/death_tally: knows 1 deaths that are not in the journal");
    writeFileSync(tally, deaths);
  });

  test("--follow prints what comes, as it comes", async () => {
    const tree = await eventful();
    const child = spawn(join(OUR_BIN, "s6-svhistory"), ["-f", "-n", "1", tree.path("b")], { stdio: ["ignore", "pipe", "inherit"] });
    let heard = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (heard += text));
    await eventually(() => heard).toContain("b: ready");
    untilHeard(tree.path("b"), "d.*U", "s6-svc", "-k", tree.path("b"));
    await eventually(() => heard.split("\n").slice(1).map((line) => line.replace(/^.{23} {2}| \(.*/g, ""))).toEqual([
      "b: s6-svc -k: send SIGKILL", "b: was killed by SIGKILL, as it was told", "b: started: restart after it was killed by SIGKILL",
      "b: ready", "",
    ]);
    child.kill();
  });

  test("says clearly what has no history", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svhistory", servicedir)).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("only another s6-supervise ran there") });
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pointer = tree.path("a", "supervise", "journal");
    await eventually(() => ours("s6-svhistory", tree.path("a")).exitCode).toBe(0);
    writeFileSync(pointer, readFileSync(pointer, "utf8").replace(/[0-9a-f]{12}\n$/, "000000000000\n"));
    expect(ours("s6-svhistory", tree.path("a"))).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("any more") });
    expect(ours("s6-svdt", "--all", tree.path("a"))).toMatchObject({ exitCode: 0, stdout: "" }); // the tally is left
    expect(ours("s6-svhistory", "/nonexistent")).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("there is none") });
    expect(ours("s6-svhistory")).toMatchObject({ exitCode: 100 });
    expect(ours("s6-svhistory", "--kind=birth", "x")).toMatchObject({ exitCode: 100, stderr: "s6-svhistory: fatal: invalid kind: birth\n" });
    expect(ours("s6-svhistory", "--since=whenever", "x")).toMatchObject({ exitCode: 100 });
  });
});

test("s6-svdt knows more than the tally when it asks the journal", async () => {
  const tree = await scan({ "a/run": IDLE, "a/max-death-tally": "1\n" });
  for (const _ of [1, 2, 3]) {
    tree.up("a");
    untilHeard(tree.path("a"), "d.*u", "s6-svc", "-k", tree.path("a"));
  }
  const deaths = (...args: readonly string[]): string[] => ours("s6-svdt", ...args, tree.path("a")).stdout.split("\n").slice(0, -1);
  expect(deaths()).toHaveLength(1);
  await eventually(() => deaths("--all").length).toBe(3);
  expect(deaths("--all").at(-1)).toBe(deaths()[0]);
  const [, second = ""] = deaths("--all");
  expect(deaths("--since", second.slice(0, 25))).toEqual(deaths("--all").slice(1));
  expect(deaths(`--until=${second.slice(0, 25)}`, "-n", "1")).toEqual([second]);
  expect(JSON.parse(deaths("--all", "--json")[0] ?? "")).toMatchObject({ signal: "SIGKILL", ordered: true, uptime: expect.any(Number) });
  rmSync(tree.path("a", "supervise", "journal"));
  expect(deaths("--since=1h")).toHaveLength(1); // the tally is what is left
});

test("s6-why tells on one screen why a service is as it is", async () => {
  const tree = await scan({ "a/run": "#!/bin/sh\nexit 7\n", "a/down": "", "a/finish": "#!/bin/sh\nexit 125\n", "b/run": IDLE });
  tree.up("b");
  untilHeard(tree.path("a"), "O", "s6-svc", "-u", tree.path("a"));
  const why = (name: string): string => ours("s6-why", tree.path(name)).stdout.replace(/, at \S+ [0-9:.]+| \(pid \d+\)/g, "");
  await eventually(() => why("a")).toMatch(
    /^a: down\n {2}because +exited 7\n {2}last death +exited 7\n {2}had been +up for .*not said that it was ready\n {2}finish +exited 125, perm/,
  );
  expect(why("a")).toMatch(/next +nothing before the next command\n {2}deaths +1 crashes \(1 in the last day\), 0 asked for; 1 ended like/);
  expect(why("b")).toMatch(/^b: up\n {2}because +started: the supervisor started\n {2}next +it is started again when it dies\n$/);
  expect(JSON.parse(ours("s6-why", "--json", tree.path("b")).stdout)).toMatchObject({ service: "b", supervised: true, state: "up.unready", wanted: "up" });
  tree.control("t");
  await tree.ended;
  expect(ours("s6-why", tree.path("b")).stdout).toContain("nobody supervises it now");
});

test("s6-replay agrees with what really happened, and names the first record that was tampered with", async () => {
  const tree = await eventful();
  expect(ours("s6-replay", tree.scandir)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^a: \d+ facts of 1 lives agree$/m) });
  const exported = ours("s6-svhistory", "--export", tree.path("a")).stdout;
  const file = join(makeTempDirectory(), "a.jsonl");
  writeFileSync(file, exported);
  expect(ours("s6-replay", file).exitCode).toBe(0);
  writeFileSync(file, exported.replace('"letters":"dD"', '"letters":"d"'));
  const { exitCode, stdout } = ours("s6-replay", file);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^a: differs after \d+ facts that agree\n( {4}.* -> .*\n)+ {2}> .* finish.absent +\(record \d+, in state ending\)\n/);
  expect(stdout).toContain("    - tells listeners: d (down)\n    + tells listeners: d (down), D (really down)\n");
  expect(JSON.parse(ours("s6-replay", "--json", file).stdout)).toMatchObject({ name: "a", type: "diverged", found: { state: "ending", divergence: {} } });
  expect(ours("s6-svhistory", "--export", tree.scandir)).toMatchObject({ exitCode: 100 });
});

test("s6-replay takes services of a journal by name or directory", async () => {
  const tree = await eventful();
  const names = (...words: string[]): string[] => ours("s6-replay", ...words).stdout.trimEnd().split("\n").map((line) => line.split(":")[0] ?? "");
  expect(names(tree.scandir).length).toBeGreaterThan(1);
  expect(names(tree.scandir, "b")).toEqual(["b"]);
  expect(names(tree.path(".s6-svscan", "journal"), tree.path("a"))).toEqual(["a"]);
  expect(names(tree.path("b"), tree.path("a"))).toEqual(["b", "a"]);
});

test("s6-replay --under says what another policy would have decided, and asks another version for its opinion", async () => {
  const tree = await eventful();
  const under = (policy: string) => ours("s6-replay", "--under", policy, tree.path("a"));
  await eventually(() => under("down-signal=INT").exitCode).toBe(1);
  expect(under("down-signal=INT").stdout).toMatch(/^a: 1 decisions would differ\n {2}> .* control.down .*\n[\s\S]* {4}- sends SIGTERM to process \d+\n {4}\+ sends SIGINT to process \d+\n/);
  expect(under("down-signal=TERM,timeout-finish=5000")).toMatchObject({ exitCode: 0, stdout: "a: 0 decisions would differ\n" });
  expect(under("restart=1")).toMatchObject({ exitCode: 100, stderr: "s6-replay: fatal: invalid policy: restart=1\n" });
  expect(ours("s6-replay", "--under", join(OUR_BIN, ".."), tree.path("a")).stdout).toBe(ours("s6-replay", tree.path("a")).stdout);
  expect(under("/nonexistent")).toMatchObject({ exitCode: 111 });
});

describe("s6-svc --explain", () => {
  test("says what commands would do now, one after the other, and does nothing", async () => {
    const tree = await scan({ "a/run": IDLE, "a/down-signal": "INT\n", "a/timeout-kill": "3000\n", "b/run": IDLE, "b/down": "" });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    const explain = (...args: string[]): string => ours("s6-svc", "--explain", ...args).stdout;
    await eventually(() => explain("-d", tree.path("a"))).toBe([
      `${tree.path("a")}: up.unready (pid ${pid}), wanted up`,
      "  -d: down",
      `     sends SIGINT to process ${pid}`,
      `     sends SIGCONT to process ${pid}`,
      `     status: run is pid ${pid}, wanted down`,
      "     timer: in 3000 ms",
      "",
    ].join("\n"));
    expect(explain("-uk", tree.path("b"))).toMatch(/^.*: down, wanted down\n {2}-u: up\n {5}.*\n {5}starts run\n {5}then it is up.unready\n {2}-k: send SIGKILL\n {5}sends SIGKILL to process 0\n$/);
    expect(JSON.parse(explain("--json", "-x", tree.path("a")))).toMatchObject({ state: "up.unready", commands: [{ letter: "x", to: "up.unready", effects: [{ type: "nullStdio" }] }] });
    expect(pidOf(tree.path("a"))).toBe(pid);
    expect(pidOf(tree.path("b"))).toBe(-1);
  });

  test("has the exit codes of s6-svc", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    expect(ours("s6-svc", "--explain", tree.path("a"))).toMatchObject({ exitCode: 100 });
    expect(ours("s6-svc", "--explain", "-d", makeTempDirectory())).toMatchObject({ exitCode: 102 });
    expect(ours("s6-svc", "--json", "-d", tree.path("a"))).toMatchObject({ exitCode: 100 });
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svexplain", "-d", servicedir)).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("unable to learn the state of") });
  });
});
