import { chownSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventually } from "../interop/svscan-tree.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { ACCOUNTS, as, hostsOf, killHosts } from "../support/hosts.ts";
import { ask, clientOf, descriptorsOf, restingDescriptorsOf, type RunningServer, startServer } from "../support/servers.ts";

const ACCOUNT = ACCOUNTS.server;
/** S6_ACTORS_HOST_KILLS=1000 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_HOST_KILLS"] ?? 20);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function serverOfAccount(prog: readonly string[], options: readonly string[] = []): Promise<RunningServer> {
  const dir = makeTempDirectory();
  chownSync(dir, ACCOUNT, ACCOUNT);
  return startServer(prog, { dir, options, before: as(ACCOUNT) });
}

const childrenOf = ({ pid }: RunningServer): string[] => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
const heardBy = (client: Awaited<ReturnType<typeof clientOf>>): Promise<string> => new Promise((resolve) => client.once("data", (bytes: Buffer) => resolve(bytes.toString())));

test(`${KILLS} times kill -9 of the host: the server serves on, counts its children right, and leaks no descriptor`, { timeout: 60_000 + 2000 * KILLS }, async () => {
  const server = await serverOfAccount(["sh", "-c", "echo hello; sleep 0.0$(($$ % 10))"], ["-c", "8", "-C", "8"]);
  expect(await ask(server.path)).toBe("hello\n");
  const before = await restingDescriptorsOf(server.pid);
  let [kills, answered, lost] = [0, 0, 0];
  const clients = Array.from({ length: 12 }, async () => {
    while (kills < KILLS) {
      if ((await ask(server.path)) === "hello\n") answered++;
      else lost++;
    }
  });
  while (kills < KILLS) {
    await pause(20 + Math.random() * 150);
    kills += killHosts(ACCOUNT);
  }
  await Promise.all(clients);
  // What a host had accepted, and not handed on.
  expect(answered).toBeGreaterThan(0);
  expect(lost).toBeLessThanOrEqual(8 * kills);
  await eventually(() => childrenOf(server)).toEqual([]);
  expect(await ask(server.path)).toBe("hello\n");
  expect(await restingDescriptorsOf(server.pid)).toEqual(before);
  const [host = -1] = hostsOf(ACCOUNT);
  expect(descriptorsOf(host).length).toBeLessThan(60);
  server.process.kill("SIGTERM");
  expect(await server.exited).toBe(0);
});

test("children of a host that died count for the next one, which hears of their end and hands signals on", async () => {
  const server = await serverOfAccount(["sh", "-c", "echo $$; read line; exit 7"], ["-v", "-c", "3", "-C", "2"]);
  const first = await clientOf(server.path);
  const pid = Number(await heardBy(first));
  killHosts(ACCOUNT);
  const second = await clientOf(server.path);
  expect(Number(await heardBy(second))).toBeGreaterThan(0);
  await eventually(server.stderr).toContain("count 2/2\n");
  // A third one of this user is refused, by a host that has accepted only one of the others itself.
  expect(await ask(server.path)).toBeUndefined();
  killHosts(ACCOUNT);
  expect(await ask(server.path)).toBeUndefined();
  first.end("\n");
  await eventually(server.stderr).toContain(`end pid ${pid} uid 0 exitcode 7\n`);
  killHosts(ACCOUNT);
  server.process.kill("SIGHUP");
  await eventually(() => childrenOf(server)).toEqual([]);
  expect(server.stderr().match(/starting/g)).toHaveLength(1);
});

test("a server that is stopped for a while stops no neighbour, and goes on where it was", async () => {
  const [server, neighbour] = [await serverOfAccount(["echo", "hello"], ["-c", "1000", "-C", "1000"]), await serverOfAccount(["echo", "hello"])];
  server.process.kill("SIGSTOP");
  const answers = Promise.all(Array.from({ length: 300 }, () => ask(server.path)));
  expect(await ask(neighbour.path)).toBe("hello\n");
  server.process.kill("SIGCONT");
  expect((await answers).filter((answer) => answer !== "hello\n")).toEqual([]);
});

test("the end of a server whose host has just died is the end", async () => {
  for (let round = 0; round < 5; round++) {
    const server = await serverOfAccount(["echo", "hello"]);
    expect(await ask(server.path)).toBe("hello\n");
    killHosts(ACCOUNT);
    server.process.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  }
});
