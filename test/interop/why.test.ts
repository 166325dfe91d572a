import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { c, IDLE, untilHeard, writeTree } from "../support/c-tree.ts";
import { ours, OUR_BIN, run } from "../support/executables.ts";
import { eventually, pidOf, type Scan, scan, scanIn } from "./svscan-tree.ts";

/** What s6-why has to say of incidents that people meet, from the journal alone. */
const why = (tree: Scan, name = "a"): string => ours("s6-why", tree.path(name)).stdout;
const answers = (tree: Scan): Record<string, unknown> => JSON.parse(ours("s6-why", "--json", tree.path("a")).stdout) as Record<string, unknown>;
const QUIET = { stdio: ["ignore", "ignore"] } as const;
const died = (tree: Scan, ...command: readonly [string, ...string[]]): void => untilHeard(tree.path("a"), "d", ...command);
const told = (tree: Scan, text: string | RegExp): Promise<void> => eventually(() => why(tree)).toMatch(text);

describe("s6-why, when a service", () => {
  test("was stopped by our s6-svc, names who did it", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const { stdout } = run("/bin", "sh", "-c", `echo $$; exec ${OUR_BIN}/s6-svc -wD -d ${tree.path("a")}`);
    await told(tree, /last death +was killed by SIGTERM, as it was told/);
    const asked = new RegExp(`asked by +s6-svc -d: down, by root, uid 0, pid ${stdout.trim()}: s6-svc -wD -d ${tree.path("a")}, at `);
    expect(why(tree)).toMatch(asked);
    expect(answers(tree)).toMatchObject({
      state: "down",
      wanted: "down",
      lastDeath: { ordered: true, signal: "SIGTERM", orderedBy: { by: { uid: 0, pid: Number(stdout), command: `s6-svc -wD -d ${tree.path("a")}` } } },
      deaths: { crashes: 0, ordered: 1 },
    });
  });

  test("was stopped by C's s6-svc, says that the writer is unknown", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    died(tree, "s6-svc", "-d", tree.path("a"));
    await told(tree, /asked by +s6-svc -d: down, by an unknown writer, at /);
  });

  test("was stopped by another user's s6-svc, names that one", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    for (const path of [tree.scandir, tree.path("a"), tree.path("a", "supervise")]) c("chmod", "755", path);
    c("chmod", "622", tree.path("a", "supervise", "control"));
    expect(run("/usr/bin", "setpriv", "--reuid=65534", "--clear-groups", `${OUR_BIN}/s6-svc`, "-d", tree.path("a"))).toMatchObject({ exitCode: 0 });
    await told(tree, /asked by +s6-svc -d: down, by nobody, uid 65534, pid \d+: s6-svc -d /);
  });

  test("was killed from outside, says that nobody asked for it here", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    process.kill(pid, "SIGKILL");
    await told(tree, new RegExp(`last death +was killed by SIGKILL, at .* \\(pid ${pid}\\)`));
    expect(why(tree)).not.toContain("asked by");
    expect(answers(tree)).toMatchObject({ lastDeath: { ordered: false, signal: "SIGKILL", orderedBy: null }, deaths: { crashes: 1 } });
  });

  test("dumped core, says so", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nulimit -c unlimited\nexec sleep 1000\n" });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    process.kill(pid, "SIGSEGV");
    await told(tree, /last death +was killed by SIGSEGV( \(core dumped\))?, at/);
  });

  test("exited by itself, tells the code, how long it had been up and how often it ended so", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nsleep 0.3\nexit 42\n" });
    await told(tree, /exited 42, at .*\n +had been +up for \d+ ms, had not said that it was ready/);
    await told(tree, /deaths +[2-9] crashes \([2-9] in the last day\), 0 asked for; [2-9] ended like the last one/);
  });

  test("can't be executed, tells what is in the way", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    c("chmod", "644", tree.path("a", "run"));
    died(tree, "s6-svc", "-k", tree.path("a"));
    await told(tree, /because +can't be started: EACCES: run or its interpreter is not executable.*; next try in 60 s/);
    expect(why(tree)).toMatch(/next +it is started again, in /);
  });

  test("has no interpreter, says that run is there", async () => {
    const tree = await scan({ "a/run": "#!/no/such/shell\n" });
    await told(tree, /because +can't be started: ENOENT, though run is there: its interpreter is missing; next try in 60 s/);
  });

  test("has no run, says just that", async () => {
    const tree = await scan({ "a/.keep": "" });
    await told(tree, /because +can't be started: ENOENT; next try in 60 s/);
  });

  test("has a finish script that took too long, says that it was killed", async () => {
    const tree = await scan({ "a/run": IDLE, "a/finish": "#!/bin/sh\nexec sleep 1000\n", "a/timeout-finish": "200\n" });
    tree.up("a");
    untilHeard(tree.path("a"), "D", "s6-svc", "-d", tree.path("a"));
    await told(tree, /finish +was killed by SIGKILL/);
    expect(ours("s6-svhistory", tree.path("a")).stdout).toContain("finish took too long: SIGKILL");
  });

  test("did not stop in time, names the time limit", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n", "a/timeout-kill": "300\n" });
    tree.up("a");
    await new Promise((resolve) => setTimeout(resolve, 200)); // until the trap is set
    died(tree, "s6-svc", "-d", tree.path("a"));
    await told(tree, /last death +was killed by SIGKILL, as it was told.*\n +asked by +did not stop in time: SIGKILL/);
  });

  test("failed for good, says that it is not started again", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nexit 1\n", "a/finish": "#!/bin/sh\nexit 125\n" });
    await told(tree, /finish +exited 125, permanent failure: no restart\n +next +nothing before the next command/);
    expect(answers(tree)).toMatchObject({ wanted: "down" });
  });

  test("never became ready, says so", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nexec 3>&-\nexec sleep 1000\n", "a/notification-fd": "3\n" });
    tree.up("a");
    await told(tree, /because +will never say that it is ready: its pipe is closed/);
    died(tree, "s6-svc", "-k", tree.path("a"));
    await told(tree, /had been +up for .*, had not said that it was ready/);
  });

  test("was ready, tells how long that took", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nsleep 0.2\necho >&3\nexec sleep 1000\n", "a/notification-fd": "3\n" });
    tree.up("a");
    c("s6-svwait", "-U", "-t", "20000", tree.path("a"));
    died(tree, "s6-svc", "-k", tree.path("a"));
    await told(tree, /had been +up for .*, was ready after \d/);
  });

  test("keeps dying, calls it flapping", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nexit 1\n" });
    await told(tree, /flapping +it keeps dying soon after its start/);
  });

  test("was changed since its start, names the files", async () => {
    const tree = await scan({ "a/run": IDLE, "a/timeout-kill": "500\n" });
    tree.up("a");
    await eventually(() => answers(tree)["changed"]).toEqual([]);
    writeFileSync(tree.path("a", "run"), "#!/bin/sh\n# new\nexec sleep 1000\n");
    writeTree(tree.path("a"), { finish: "#!/bin/sh\nexit 0\n" });
    rmSync(tree.path("a", "timeout-kill"));
    expect(why(tree)).toContain("changed    since its last start run changed, finish was added, timeout-kill was removed\n");
    const pid = pidOf(tree.path("a"));
    untilHeard(tree.path("a"), "d.*u", "s6-svc", "-r", tree.path("a"));
    await eventually(() => pidOf(tree.path("a"))).not.toBe(pid);
    await eventually(() => answers(tree)["changed"]).toEqual([]);
    expect(ours("s6-svhistory", tree.path("a")).stdout).toMatch(/started: .*; since the start before run changed, finish was added, timeout-kill was removed/);
  });

  test("said something to its logger before it died, shows that", async () => {
    const tree = await scan({
      "a/run": "#!/bin/sh\nexec 2>&1\necho one\necho out of cheese >&2\nsleep 0.3\nexit 1\n",
      "a/log/run": "#!/bin/sh\nexec s6-log -b t ./main\n",
    });
    await told(tree, /last words +@[0-9a-f]{24} .*\n( +@[0-9a-f]{24} .*\n)* +@[0-9a-f]{24} out of cheese\n/);
    expect(answers(tree)["log"]).toContainEqual(expect.stringMatching(/^@[0-9a-f]{24} one$/));
  });
});

describe("s6-why, when the supervisor", () => {
  test("was killed, says that the next one has taken the service over", async () => {
    const first = await scan({ "a/run": IDLE }, QUIET);
    first.up("a");
    const pid = pidOf(first.path("a"));
    await told(first, "started");
    first.process.kill("SIGKILL");
    await first.ended;
    expect(why(first)).toContain("; nobody supervises it now");
    const second = await scanIn(first.scandir, QUIET);
    await told(second, /because +supervisor taken over: the process that supervised it had died/);
    expect(answers(second)).toMatchObject({ pid, supervised: true });
  });

  test("became a new version, says so", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    expect(ours("s6-svscanctl", "--reexec", tree.scandir)).toMatchObject({ exitCode: 0 });
    await told(tree, /because +supervisor taken over: the tree became a new version/);
  });

  test.each([
    ["memory", /because +supervisor taken over: its worker thread had died: .*memory/],
    ["exit", /because +supervisor taken over: its worker thread had died: /],
    ["throw", /because +supervisor taken over: an unexpected error at control.continue/],
  ])("had trouble of the kind %s, says so", async (kind, text) => {
    const tree = await scan({ "a/run": IDLE, "a/data/.keep": "" }, { environment: { S6_ACTORS_FAULT: `${kind}:a:control.continue` } });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    writeFileSync(tree.path("a", "data", "fault"), "");
    c("s6-svc", "-c", tree.path("a"));
    await eventually(() => ours("s6-svhistory", "-k", "supervisor", tree.path("a")).stdout.replaceAll(/^.*a: /gm, "because ")).toMatch(text);
    expect(pidOf(tree.path("a"))).toBe(pid);
  });
});
