import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { childrenOf } from "../support/processes.ts";
import { ask, clientOf, descriptorsOf, type RunningServer, startServer } from "../support/servers.ts";
import { OUR_BIN } from "../support/executables.ts";
import { eventually } from "../interop/svscan-tree.ts";

/** s6-ipcserverd as a process of its own, and clients that do not behave. */

const start = (prog: readonly string[], options: readonly string[] = [], before: readonly string[] = []): Promise<RunningServer> =>
  startServer(prog, { home: "alone", options, before });
const contextSwitches = (pid: number): number => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
/** What it has open when nobody is there. */
async function atRest(server: RunningServer): Promise<string[]> {
  await eventually(() => childrenOf(server.pid)).toEqual([]);
  return descriptorsOf(server.pid).map(String);
}

test("a thousand connections at once with room for forty: all are served, never more than forty at a time, and nothing is left open", async () => {
  const server = await start(["sh", "-c", "echo on"]);
  await ask(server.path);
  const before = await atRest(server);
  let most = 0;
  const watch = setInterval(() => { most = Math.max(most, childrenOf(server.pid).length); }, 1);
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(server.path)));
  clearInterval(watch);
  expect(answers.filter((answer) => answer !== "on\n")).toEqual([]);
  expect(most).toBeLessThanOrEqual(40);
  expect(await atRest(server)).toEqual(before);
});

test("clients that say nothing take their places, and nobody else's", async () => {
  const server = await start(["cat"], ["-c", "50", "-C", "20"]);
  const silent = await Promise.all(Array.from({ length: 20 }, () => clientOf(server.path)));
  await eventually(() => childrenOf(server.pid).length).toBe(20);
  expect(await ask(server.path)).toBeUndefined();
  expect(server.stderr()).toMatch(/^s6-ipcserverd: info: deny \d+:\d+ count 20\/20\n$/);
  for (const client of silent) client.destroy();
  await atRest(server);
  const client = await clientOf(server.path);
  client.end("hello");
  expect(await new Promise((resolve) => client.once("data", (bytes) => resolve(bytes.toString())))).toBe("hello");
});

test("clients that are gone before they are served", async () => {
  const server = await start(["cat"]);
  await ask(server.path, "");
  const before = await atRest(server);
  await Promise.all(Array.from({ length: 300 }, async () => (await clientOf(server.path)).destroy()));
  await ask(server.path, "");
  expect(await atRest(server)).toEqual(before);
  expect(server.stderr()).toBe("");
});

test("a server without descriptors says it once, does not turn in circles, and serves on when there are some again", async () => {
  const server = await start(["cat"], ["-c", "500", "-C", "500"], ["prlimit", "--nofile=100:100"]);
  await ask(server.path, "");
  const before = await atRest(server);
  const silent = await Promise.all(Array.from({ length: 150 }, () => clientOf(server.path)));
  await eventually(server.stderr).toMatch(/Too many open files/);
  const turns = contextSwitches(server.pid);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(contextSwitches(server.pid) - turns).toBeLessThan(100);
  const said = server.stderr().split("\n").filter((line) => line.includes("unable to accept"));
  expect(said.length).toBeLessThanOrEqual(1);
  for (const client of silent) client.destroy();
  expect(await ask(server.path, "hello")).toBe("hello");
  expect(await atRest(server)).toEqual(before);
});

test("a handler that ends at once, and one that is killed, leave nothing", async () => {
  const server = await start(["sh", "-c", "kill -9 $$"], ["-v"]);
  await ask(server.path);
  const before = await atRest(server);
  for (let count = 0; count < 20; count++) await ask(server.path);
  expect(await atRest(server)).toEqual(before);
  await eventually(() => server.stderr().match(/signal 9\n/g)?.length).toBe(21);
});

test("a server that is killed leaves its children, and the next one takes its path over", async () => {
  const dir = makeTempDirectory();
  const first = await startServer(["cat"], { home: "alone", dir });
  const client = await clientOf(first.path);
  await eventually(() => childrenOf(first.pid).length).toBe(1);
  first.process.kill("SIGKILL");
  await first.exited;
  const second = await startServer(["cat"], { home: "alone", dir });
  client.end("still here");
  expect(await new Promise((resolve) => client.once("data", (bytes) => resolve(bytes.toString())))).toBe("still here");
  expect(await ask(second.path, "and so am I")).toBe("and so am I");
});

test("a listening socket that is shut down ends it", async () => {
  const dir = makeTempDirectory();
  const script = `import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("s"); s.listen(); os.set_inheritable(s.fileno(), True)
if os.fork() == 0:
  os.dup2(s.fileno(), 0); os.execvp(sys.argv[1], sys.argv[1:])
s.shutdown(socket.SHUT_RDWR)
print(os.waitstatus_to_exitcode(os.wait()[1]))`;
  const { stdout, stderr } = spawnSync("python3", ["-c", script, join(OUR_BIN, "s6-ipcserverd"), "cat"], { cwd: dir, encoding: "utf8", timeout: 20_000, env: { ...process.env, S6_ACTORS_ALONE: "1" } });
  expect({ stdout, stderr }).toEqual({ stdout: "111\n", stderr: "s6-ipcserverd: fatal: trouble with socket\n" });
});
