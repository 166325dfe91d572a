import { once } from "node:events";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN, IDLE, IDLE_READY } from "../support/c-tree.ts";
import { theirs } from "../support/executables.ts";
import { eventually, isAlive, isSupervised, pidOf, read, type Scan, scan } from "./svscan-tree.ts";

/** C's s6-svlisten1: subscribes, runs the C s6-svc, and waits for what that leads to. */
const listen = (tree: Scan, name: string, state: string, command: string, ...limit: readonly string[]) =>
  theirs("s6-svlisten1", `-${state}`, ...limit, tree.path(name), join(C_BIN, "s6-svc"), `-${command}`, tree.path(name));

describe("the C s6-svlisten1 on our tree", () => {
  test("hears a service go down, come up and become ready, and the state is there when it says so", async () => {
    const tree = await scan({ "a/run": IDLE_READY, "a/notification-fd": "3\n", "a/finish": "#!/bin/sh\nexec sleep 0.1\n" });
    tree.up("a");
    expect(listen(tree, "a", "d", "d").exitCode).toBe(0);
    expect(pidOf(tree.path("a"))).toBe(-1);
    expect(listen(tree, "a", "U", "u").exitCode).toBe(0);
    expect(theirs("s6-svstat", "-o", "ready", tree.path("a")).stdout).toBe("true\n");
    expect(listen(tree, "a", "D", "d").exitCode).toBe(0);
    expect(theirs("s6-svstat", "-o", "up,wantedup", tree.path("a")).stdout).toBe("false false\n");
    expect(listen(tree, "a", "u", "u").exitCode).toBe(0);
    expect(pidOf(tree.path("a"))).toBeGreaterThan(0);
  });

  test("hears restarts, and gives up after its time", async () => {
    const tree = await scan({ "a/run": IDLE, "b/run": IDLE, "b/down": "" });
    tree.up("a");
    const before = pidOf(tree.path("a"));
    expect(listen(tree, "a", "r", "k").exitCode).toBe(0);
    expect([-1, before]).not.toContain(pidOf(tree.path("a")));
    expect(listen(tree, "b", "u", "p", "-t", "300").exitCode).toBe(99);
  });
});

/** Writes down which signal it got, and ends with its input. */
const LOGGER = "#!/bin/sh\ntrap 'echo TERM >>got; exit 0' TERM\ntrap 'echo HUP >>got; exit 0' HUP\nwhile read line; do :; done\necho EOF >>got\n";

describe("the loggers when the tree is told to end by the C s6-svscanctl", () => {
  test.for([["t", "EOF\n"], ["q", "TERM\n"]] as const)("-%s: %o", async ([letter, got]) => {
    const tree = await scan({ "a/run": IDLE, "a/log/run": LOGGER });
    tree.up("a", "a/log");
    tree.control(letter);
    expect((await tree.ended).exitCode).toBe(0);
    expect(read(tree.path("a", "log", "got"))).toBe(got);
  });

  test.for([["n", "EOF\n"], ["N", "TERM\n"]] as const)("pruned with -%s: %o", async ([letter, got]) => {
    const tree = await scan({ "a/run": IDLE, "a/log/run": LOGGER, "b/run": IDLE });
    tree.up("a", "a/log", "b");
    renameSync(tree.path("a"), tree.path(".a"));
    tree.control("a");
    tree.control(letter);
    await eventually(() => read(tree.path(".a", "log", "got"))).toBe(got);
    await eventually(() => isSupervised(tree.path(".a", "log"))).toBe(false);
    expect(isSupervised(tree.path("b"))).toBe(true);
  });

  test("-tb: told to end, and not waited for", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\ntrap 'echo TERM >>got' TERM\nwhile :; do sleep 0.1; done\n", "a/timeout-kill": "0\n" });
    tree.up("a");
    const pid = pidOf(tree.path("a"));
    const exited = once(tree.process, "exit");
    tree.control("tb");
    expect((await exited)[0]).toBe(0);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});
