import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { standingOf } from "../../src/actors/shared-host/standing.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, startOurs, theirs } from "../support/executables.ts";
import { isThin } from "../support/hosts.ts";
import { eventually, scan, type Scan, scanIn } from "./svscan-tree.ts";

const LOG = join(OUR_BIN, "s6-log");
const TALKS = "#!/bin/sh\nn=0\nwhile :; do echo line $n; n=$((n+1)); sleep 0.05; done\n";
const logged = (name: string, script = `exec ${LOG} ./d`, before = ""): Record<string, string> => ({
  [`${name}/run`]: TALKS,
  [`${name}/log/run`]: `#!/bin/sh\n${before}${script}\n`,
});

const pidOf = (tree: Scan, name: string): number => Number(ours("s6-svstat", "-o", "pid", tree.path(name)).stdout);
const current = (tree: Scan, name: string): string => {
  const path = tree.path(name, "log", "d", "current");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

test("loggers of a tree are thin processes that people see as any s6-log: pid, signals, readiness, exit code, uid", async () => {
  const dir = makeTempDirectory();
  chmodSync(dir, 0o777);
  const tree = await scan({
    ...logged("a", `exec ${LOG} -d 3 t ./d`), "a/log/notification-fd": "3\n",
    ...logged("b", `exec ${join(C_BIN, "s6-setuidgid")} nobody ${LOG} ${join(dir, "d")}`),
    ...logged("wrong", `exec ${LOG} xyz`),
  });
  tree.up("a", "b");
  expect(theirs("s6-svwait", "-U", "-t", "10000", tree.path("a", "log"))).toMatchObject({ exitCode: 0 });
  await eventually(() => current(tree, "a")).toMatch(/^@[0-9a-f]{24} line 0\n/);
  await eventually(() => existsSync(join(dir, "d", "current")) && readFileSync(join(dir, "d", "current"), "utf8")).toContain("line 0\n");
  const [a, b] = [pidOf(tree, "a/log"), pidOf(tree, "b/log")];
  expect([isThin(a), isThin(b)]).toEqual([true, true]);
  expect(readFileSync(`/proc/${a}/comm`, "utf8")).toBe("s6-log\n");
  expect(readFileSync(`/proc/${a}/cmdline`, "utf8").split("\0").slice(1, -1)).toEqual(["-d", "3", "t", "./d"]);
  expect(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${b}/status`, "utf8"))?.[1]).toBe("65534");

  expect(ours("s6-svc", "-a", tree.path("a", "log"))).toMatchObject({ exitCode: 0 });
  await eventually(() => spawnSync("ls", [tree.path("a", "log", "d")], { encoding: "utf8" }).stdout).toMatch(/^@[0-9a-f]{24}\.s$/m);
  expect(ours("s6-svc", "-wD", "-T", "10000", "-d", tree.path("a", "log"))).toMatchObject({ exitCode: 0 });
  expect(ours("s6-svstat", "-o", "exitcode,signal", tree.path("a", "log")).stdout).toBe("0 NA\n");
  // A script that is none, said by the host: s6-log's words on the service's stderr, s6-log's code.
  await eventually(() => tree.stderr()).toContain("s6-log: fatal: unrecognized directive: xyz\n");
  expect(ours("s6-svdt", tree.path("wrong", "log")).stdout).toContain("exitcode 100");
});

test("who does not want a host, or can't have one, has a process of Node", async () => {
  const tree = await scan({
    ...logged("shared"),
    ...logged("alone", `exec ${LOG} ./d`, "export S6_ACTORS_ALONE=1\n"),
    ...logged("piped", `cat | ${LOG} ./d`),
  });
  tree.up("shared", "alone", "piped");
  for (const name of ["shared", "alone", "piped"]) await eventually(() => current(tree, name)).toContain("line 0\n");
  expect([isThin(pidOf(tree, "shared/log")), isThin(pidOf(tree, "alone/log"))]).toEqual([true, false]);
  expect(readFileSync(`/proc/${pidOf(tree, "alone/log")}/environ`, "latin1")).not.toContain("S6_ACTORS_ALONE=");

  const files = logged("a");
  const refusing = await scan({ ...files, ".s6-svscan/flag-no-shared-host": "" });
  refusing.up("a");
  await eventually(() => current(refusing, "a")).toContain("line 0\n");
  expect(isThin(pidOf(refusing, "a/log"))).toBe(false);
});

test("a supervisor by itself offers a host, too, to its own service and to no other process", async () => {
  const dir = makeTempDirectory();
  spawnSync("mkfifo", [join(dir, "fifo")]);
  writeFileSync(join(dir, "run"), `#!/bin/sh\nexec ${LOG} 1 ./d <>fifo\n`, { mode: 0o755 });
  startOurs("s6-supervise", dir);
  await eventually(() => theirs("s6-svok", dir).exitCode).toBe(0);
  const pid = (): number => Number(ours("s6-svstat", "-o", "pid", dir).stdout);
  await eventually(() => isThin(pid())).toBe(true);
  writeFileSync(join(dir, "fifo"), "hello\n");
  await eventually(() => existsSync(join(dir, "d", "current")) && readFileSync(join(dir, "d", "current"), "utf8")).toBe("hello\n");
  expect(theirs("s6-svc", "-wD", "-T", "10000", "-xd", dir)).toMatchObject({ exitCode: 0 }); // it would outlive its supervisor
});

test("loggers go on in the same host when their tree is killed and followed by another", async () => {
  const first = await scan(logged("a"), { stdio: ["ignore", "ignore"] });
  first.up("a");
  await eventually(() => current(first, "a")).toContain("line 0\n");
  const pid = pidOf(first, "a/log");
  const isGone = new Promise((resolve) => first.process.once("exit", resolve));
  first.process.kill("SIGKILL");
  await isGone; // its services live on
  const second = await scanIn(first.scandir);
  await eventually(() => pidOf(second, "a/log")).toBe(pid);
  const lines = current(second, "a").split("\n").length;
  await eventually(() => current(second, "a").split("\n").length).toBeGreaterThan(lines + 3);
});

test("a confined process has another standing, and so another host", () => {
  const confined = spawnSync("setpriv", ["--no-new-privs", process.execPath, "-e", "process.stdout.write(require('fs').readFileSync('/proc/self/status', 'latin1'))"], { encoding: "latin1" });
  expect(confined.stdout).toContain("NoNewPrivs:\t1");
  expect(standingOf("self")).toBe(standingOf(process.pid));
  expect(standingOf("self")).toContain("NoNewPrivs:\\t0");
  expect(standingOf(2 ** 30)).toBeUndefined();
});
