import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { c, IDLE, IDLE_READY, untilHeard } from "../support/c-tree.ts";
import { theirs } from "../support/executables.ts";
import { processesIn } from "../support/processes.ts";
import { eventually, pidOf, type Scan, scan } from "../interop/svscan-tree.ts";

const SERVICES = Array.from({ length: 100 }, (_, index) => `s${index}`);
/** Ignores SIGTERM in finish, so that it stays there until it is told to go. */
const SLOW_FINISH = "#!/bin/sh\nexec sleep 1000\n";

/** 100 plain services, and some in other states; the fault hits s7 at the fact, once data/fault is there. */
async function treeWith(kind: string, fact: string): Promise<Scan> {
  const files: Record<string, string> = {
    "ready/run": IDLE_READY,
    "ready/notification-fd": "3\n",
    "idle/run": IDLE,
    "idle/down": "",
    "finishing/run": IDLE,
    "finishing/finish": SLOW_FINISH,
    "finishing/timeout-finish": "0\n",
    "waiting/run": "#!/bin/sh\nuntil test -e go; do sleep 0.1; done\necho >&3\nexec sleep 1000\n",
    "waiting/notification-fd": "3\n",
  };
  for (const name of SERVICES) files[`${name}/run`] = IDLE;
  // A death that the thread had not committed when it died is in the tally, and not in the journal.
  const unlike = kind === "throw" ? [] : (["supervise/death_tally"] as const);
  const tree = await scan(files, { environment: { S6_ACTORS_FAULT: `${kind}:s7:${fact}` }, unlike });
  tree.up(...SERVICES, "ready", "finishing", "waiting");
  c("s6-svwait", "-U", "-t", "20000", tree.path("ready"));
  untilHeard(tree.path("finishing"), "d", "s6-svc", "-d", tree.path("finishing"));
  onTestFinished(() => {
    for (const pid of processesIn(tree.path("finishing"))) process.kill(pid, "SIGKILL"); // else it never ends
  });
  mkdirSync(tree.path("s7", "data"), { recursive: true });
  writeFileSync(tree.path("s7", "data", "fault"), "");
  return tree;
}

const pidsOf = (tree: Scan): Record<string, number> =>
  Object.fromEntries([...SERVICES, "ready", "waiting"].map((name) => [name, pidOf(tree.path(name))]));

/** Kills a service and sees its supervisor notice, record and restart: it is there, and it is the only one. */
function expectSupervised(tree: Scan, name: string): void {
  const servicedir = tree.path(name);
  const before = pidOf(servicedir);
  untilHeard(servicedir, "d.*u", "s6-svc", "-k", servicedir);
  expect(pidOf(servicedir)).not.toBe(before);
  expect(theirs("s6-svdt", servicedir).stdout).toMatch(/signal SIGKILL\n$/);
  expect(processesIn(servicedir)).toEqual([pidOf(servicedir)]);
}

describe("an actor that throws in the middle of a step", () => {
  test("takes no other service down, and goes on from the ledger with the fact it failed at", async () => {
    const tree = await treeWith("throw", "run.died");
    const before = pidsOf(tree);
    untilHeard(tree.path("s7"), "d.*u", "s6-svc", "-k", tree.path("s7"));
    await eventually(() => tree.stderr()).toContain("s6-supervise s7: warning: unexpected error at run.died");
    const { s7, ...others } = pidsOf(tree);
    expect({ ...others, s7: before["s7"] }).toEqual(before);
    expect(s7).not.toBe(before["s7"]);
    expect(processesIn(tree.path("s7"))).toEqual([s7]);
    expect(theirs("s6-svdt", tree.path("s7")).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
    expectSupervised(tree, "s7");
    expectSupervised(tree, "s8");
  });

  test("between the spawn and its answer does not start the service twice", async () => {
    const tree = await treeWith("throw", "run.spawned");
    untilHeard(tree.path("s7"), "d.*u", "s6-svc", "-k", tree.path("s7"));
    await eventually(() => tree.stderr()).toContain("s6-supervise s7: warning: unexpected error at run.spawned");
    expect(processesIn(tree.path("s7"))).toEqual([pidOf(tree.path("s7"))]);
    expectSupervised(tree, "s7");
  });
});

describe.each(["uncaught", "exit", "memory"])("a worker thread that dies (%s)", (kind) => {
  test("leaves every service running, and its successor supervises them in the state they were in", async () => {
    const tree = await treeWith(kind, "control.up");
    const before = pidsOf(tree);
    const finishing = processesIn(tree.path("finishing"));
    c("s6-svc", "-u", tree.path("s7"));
    await eventually(() => tree.stderr()).toContain("a worker thread died");

    for (const name of ["s7", "s8", "s99", "ready"]) expectSupervised(tree, name);
    const { s7, s8, s99, ready, ...rest } = pidsOf(tree);
    expect({ ...rest, s7: before["s7"], s8: before["s8"], s99: before["s99"], ready: before["ready"] }).toEqual(before);
    expect([s7, s8, s99, ready]).not.toContain(0);
    for (const name of SERVICES) expect(processesIn(tree.path(name)), name).toEqual([pidOf(tree.path(name))]);

    untilHeard(tree.path("idle"), "u", "s6-svc", "-u", tree.path("idle"));
    expect(processesIn(tree.path("finishing"))).toEqual(finishing);
    process.kill(finishing[0] ?? 0, "SIGKILL");
    c("s6-svwait", "-D", "-t", "20000", tree.path("finishing"));
    writeFileSync(tree.path("waiting", "go"), "");
    c("s6-svwait", "-U", "-t", "20000", tree.path("waiting"));
    expect(pidOf(tree.path("waiting"))).toBe(before["waiting"]);
  });

  test("loses no death that happens while nobody is there to see it", async () => {
    const tree = await treeWith(kind, "control.up");
    const victims = ["s1", "s2", "s3", "s50", "s98"];
    const before = pidsOf(tree);
    // In one breath with the fault: some of them die before the thread does, some after.
    c("s6-svc", "-u", tree.path("s7"));
    for (const name of victims) process.kill(before[name] ?? 0, "SIGKILL");
    for (const name of victims) {
      await eventually(() => theirs("s6-svdt", tree.path(name)).stdout).toMatch(/^@[0-9a-f]{24} signal SIGKILL\n$/);
      await eventually(() => [-1, before[name]].includes(pidOf(tree.path(name)))).toBe(false);
      expect(processesIn(tree.path(name))).toEqual([pidOf(tree.path(name))]);
    }
  });

  test("does not keep the tree from ending", async () => {
    const tree = await treeWith(kind, "control.up");
    c("s6-svc", "-u", tree.path("s7"));
    tree.control("t");
    process.kill(processesIn(tree.path("finishing"))[0] ?? 0, "SIGKILL");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    for (const name of readdirSync(tree.scandir).filter((entry) => !entry.startsWith("."))) {
      expect(processesIn(join(tree.scandir, name)), name).toEqual([]);
    }
  });
});
