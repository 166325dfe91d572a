import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeTempDirectory, untilHeard } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { freePort } from "../support/ports.ts";
import { killProcessesBelow, processesByDirectory } from "../support/processes.ts";
import { eventually, isAlive, isThere, pidOf, read, type Scan, scanIn } from "./svscan-tree.ts";

/** The daemons of examples/daemons, for real: each is started, is ready, is talked to, stopped, and leaves nothing behind. */

const DAEMONS = join(import.meta.dirname, "..", "..", "examples", "daemons");
/** For hangs only. */
const LIMIT = ["-t", "20000"] as const;

interface Daemon {
  readonly file: string;
  readonly debianPackage: string;
  /** The variable that tells it its port. */
  readonly variable: string;
  /** What a client hears. */
  talk(port: number): string | Promise<string>;
  /** What it is to hear. */
  answer(dir: string): string;
}

/** A client's words. */
function say(command: string, ...args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 });
  if (error !== undefined) throw error;
  expect({ status, stderr: status === 0 ? "" : stderr }, command).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/** The key in a line of known_hosts, or of a file. */
const key = (text: string): string => /ssh-ed25519 [^ \n]+/.exec(text)?.[0] ?? "no key";

const REDIS = {
  file: "/usr/bin/redis-server",
  debianPackage: "redis-server",
  talk: (port: number): string => say("redis-cli", "-p", String(port), "incr", "visits"),
  answer: () => "1\n",
};
const EXAMPLES = {
  redis: { ...REDIS, variable: "REDIS_PORT" },
  "redis-forks": { ...REDIS, variable: "REDIS_FORKS_PORT" },
  nginx: {
    file: "/usr/sbin/nginx",
    debianPackage: "nginx",
    variable: "NGINX_PORT",
    talk: async (port) => (await fetch(`http://127.0.0.1:${port}/story`)).text(),
    answer: () => "hello from nginx\n",
  },
  sshd: {
    file: "/usr/sbin/sshd",
    debianPackage: "openssh-server",
    variable: "SSHD_PORT",
    talk: (port) => key(say("ssh-keyscan", "-t", "ed25519", "-p", String(port), "127.0.0.1")),
    answer: (dir) => key(read(join(dir, "data", "host_key.pub"))),
  },
} as const satisfies Readonly<Record<string, Daemon>>;
type Name = keyof typeof EXAMPLES;

interface Running {
  readonly tree: Scan;
  readonly dir: string;
  readonly port: number;
}

/** A tree with just that service of examples/daemons, as it is, on a free port. */
async function running(name: Name): Promise<Running> {
  const { file, debianPackage, variable } = EXAMPLES[name];
  if (!existsSync(file)) throw new Error(`this test needs Debian's package ${debianPackage}`);
  const scandir = makeTempDirectory();
  cpSync(join(DAEMONS, name), join(scandir, name), { recursive: true });
  onTestFinished(() => killProcessesBelow(scandir));
  const port = await freePort();
  const environment = { PATH: `${OUR_BIN}:${process.env["PATH"] ?? ""}`, [variable]: String(port) };
  const tree = await scanIn(scandir, { environment });
  const dir = tree.path(name);
  await eventually(() => isThere(dir)).toBe(true);
  expect(theirs("s6-svwait", "-U", ...LIMIT, dir), tree.stderr()).toMatchObject({ exitCode: 0 });
  return { tree, dir, port };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

/** Every directory at or below that one in which somebody works. */
const workplaces = (dir: string): string[] => [...processesByDirectory().keys()].filter((path) => `${path}/`.startsWith(`${dir}/`));

test("every directory of examples/daemons is in this test", () => {
  expect(readdirSync(DAEMONS).filter((name) => name !== "README.md").sort()).toEqual(Object.keys(EXAMPLES).sort());
});

describe.each(Object.keys(EXAMPLES) as Name[])("examples/daemons/%s", (name) => {
  const { file, talk, answer } = EXAMPLES[name];

  test("is ready, answers, is stopped, comes back when it is killed, and leaves nothing behind", async () => {
    const { tree, dir, port } = await running(name);
    const first = pidOf(dir);
    expect(readlinkSync(`/proc/${first}/exe`)).toBe(realpathSync(file));
    expect(await talk(port)).toBe(answer(dir));

    untilHeard(dir, "D", "s6-svc", "-d", dir);
    expect(isAlive(first)).toBe(false);
    expect(await accepts(port)).toBe(false);
    untilHeard(dir, "U", "s6-svc", "-u", dir);
    expect(await accepts(port)).toBe(true);

    const second = pidOf(dir);
    untilHeard(dir, "d.*U", "s6-svc", "-k", dir);
    expect([-1, first, second]).not.toContain(pidOf(dir));
    expect(theirs("s6-svdt", dir).stdout.match(/SIGKILL/g)).toHaveLength(1);
    expect(await accepts(port)).toBe(true);

    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(await accepts(port)).toBe(false);
    await eventually(() => workplaces(tree.scandir)).toEqual([]);
  });
});

test("what nginx logs goes through its logger, which shares a process with others", async () => {
  const { tree, dir, port } = await running("nginx");
  const log = join(dir, "log");
  await eventually(() => isThere(log)).toBe(true);
  expect(theirs("s6-svwait", "-U", ...LIMIT, log)).toMatchObject({ exitCode: 0 });
  expect(readlinkSync(`/proc/${pidOf(log)}/exe`)).toMatch(/\/thin$/);
  await EXAMPLES.nginx.talk(port);
  await eventually(() => read(join(log, "main", "current"))).toMatch(/^@[0-9a-f]{24} 127\.0\.0\.1 .*"GET \/story HTTP\/1\.1" 200/m);
  expect(tree.stderr()).toBe("");
});
