import { spawnSync } from "node:child_process";
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSudoRequest, SERVER_BANNER } from "../../src/formats/sudo.ts";
import { frame } from "../../src/formats/unixmessage.ts";
import { parentOf } from "../../src/sys/process.ts";
import { eventually, isAlive, leadsTo, read } from "../interop/svscan-tree.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { HostileClient } from "../support/hostile-client.ts";
import { isThin } from "../support/hosts.ts";
import { sudo, sudoServer, type SudoServer } from "../support/sudo.ts";

/** Nobody else has hosts under this number. */
const USER = 64_321;
const AS_USER = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
const REQUEST = frame(makeSudoRequest({ args: ["said"], variables: [] }), 3);
/** Says that it lives, and waits for a file. */
const WAITS = ["sh", "-c", 'trap "echo term >end; exit" TERM; echo $$ >new; mv new "$0"; while test ! -e go; do sleep 0.05; done; echo done >end; exit 4'];

async function serverWith(args: readonly string[], serverArgs: readonly string[] = []): Promise<SudoServer> {
  const directory = makeTempDirectory();
  chownSync(directory, USER, USER);
  const server = await sudoServer(OUR_BIN, args, { serverBin: OUR_BIN, serverArgs, isHosted: true, before: AS_USER, directory });
  expect(isThin(server.process.pid ?? -1)).toBe(true);
  return server;
}

const hosts = (): number[] => spawnSync("pgrep", ["-u", String(USER), "-x", "s6-actors-host"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean).map(Number).filter((pid) => existsSync(`/proc/${pid}/cwd/`));

function asking(server: SudoServer): HostileClient {
  const client = new HostileClient(server.socket);
  client.receive(SERVER_BANNER.length);
  client.send(REQUEST, 3);
  expect(client.receive(1).toString("hex")).toBe("00");
  return client;
}

test("a session in a host: the command is the server's child, where the server is, with the server's variables", async () => {
  const server = await serverWith(["sh", "-c", 'echo $PPID $PWD $(id -u) "$0" $IPCREMOTEEUID; cat; exit 5']);
  const { process: { pid = -1 }, directory } = server;
  expect(sudo(OUR_BIN, server, ["word"], { input: "in\n" })).toEqual({ exitCode: 5, signal: null, stdout: `${pid} ${directory} ${USER} word ${process.getuid?.()}\nin\n`, stderr: "" });
});

test("in a host, too, a command ends with its client, and what is wrong is said to the server's stderr", async () => {
  const server = await serverWith(WAITS);
  const client = asking(server);
  await eventually(() => read(join(server.directory, "said"))).toMatch(/^\d+\n$/);
  client.close();
  await eventually(() => read(join(server.directory, "end"))).toBe("term\n");
  expect(sudo(OUR_BIN, await serverWith(["nowhere-to-be-found"]), []).exitCode).toBe(111);
  const wrong = new HostileClient(server.socket);
  wrong.receive(SERVER_BANNER.length);
  wrong.send(frame(Buffer.alloc(0), 3), 3);
  expect(wrong.rest().length).toBe(0);
  wrong.close();
  await eventually(() => server.stderr()).toBe("s6-sudod: fatal: wrong client message\n");
});

test("hostile clients leave nothing open in a host", async () => {
  const server = await serverWith(["true"]);
  expect(sudo(OUR_BIN, server, []).exitCode).toBe(0);
  const [host = -1] = hosts();
  const open = (): string[] => readdirSync(`/proc/${host}/fd`).map((fd) => leadsTo(host, Number(fd))).sort();
  const before = open();
  for (const descriptors of [0, 2, 3, 4, 253]) {
    for (const bytes of [REQUEST, REQUEST.subarray(0, 9), frame(REQUEST.subarray(6), descriptors), Buffer.from("7fffffff0003", "hex")]) {
      const client = new HostileClient(server.socket);
      client.receive(SERVER_BANNER.length);
      client.send(bytes, descriptors);
      client.close();
    }
  }
  expect(sudo(OUR_BIN, server, []).exitCode).toBe(0);
  await eventually(open).toEqual(before);
});

test("a host that dies takes its sessions along; the commands go on, and hold nobody up, and the server serves", async () => {
  const server = await serverWith(WAITS, ["-v"]);
  const client = asking(server);
  for (const pid of hosts()) process.kill(pid, "SIGKILL");
  expect(client.rest().length).toBe(0);
  client.close();
  await eventually(() => read(join(server.directory, "said"))).toMatch(/^\d+\n$/);
  const command = Number(read(join(server.directory, "said")));
  expect(parentOf(command)).toBe(server.process.pid);
  writeFileSync(join(server.directory, "go"), "");
  await eventually(() => read(join(server.directory, "end"))).toBe("done\n");
  await eventually(() => isAlive(command)).toBe(false);
  expect(sudo(OUR_BIN, server, ["said"]).exitCode).toBe(4);
});

test("SIGTERM: a server in a host waits for its last session; when the host dies, there is none", async () => {
  for (const kills of [false, true]) {
    const server = await serverWith(WAITS);
    const client = asking(server);
    server.process.kill("SIGTERM");
    await eventually(() => refuses(server)).toBe(true);
    if (kills) for (const pid of hosts()) process.kill(pid, "SIGKILL");
    else writeFileSync(join(server.directory, "go"), "");
    expect(client.rest().toString("hex")).toBe(kills ? "" : "00000400");
    client.close();
    await eventually(() => server.process.exitCode).toBe(0);
    writeFileSync(join(server.directory, "go"), "");
    await eventually(() => read(join(server.directory, "end"))).toBe("done\n");
  }
});

function refuses(server: SudoServer): boolean {
  try {
    new HostileClient(server.socket).close();
    return false;
  } catch {
    return true;
  }
}
