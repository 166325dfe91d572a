import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, closeSync, constants, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readFd, setNonblock } from "../../src/sys/files.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { sendUnix } from "../support/datagrams.ts";
import { OUR_BIN } from "../support/executables.ts";
import { lines, PLACE, send, type Settings, start } from "../support/socklogs.ts";
import { eventually } from "./svscan-tree.ts";

function failed(bin: string, words: readonly string[], { dir = makeTempDirectory(), before = [], environment = {} }: Settings = {}) {
  const [command = "", ...args] = [...before, join(bin, "s6-socklog"), ...words];
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: dir, timeout: 10_000, encoding: "utf8", env: { PATH: process.env["PATH"], ...environment } });
  return { status, stdout, stderr };
}

const DIGITS = "0123456789".repeat(200);

describe("s6-socklog makes the lines that C's makes of", () => {
  test.each<[string, string[], string[]]>([
    ["ends, NULs and newlines", [], ["a", "b\n", "c\0", "d\n\0\n", "e\nf\0g", "\n", "\0\0", " ", "\xff\xfe\t"]],
    ["codes", [], ["<13>x", "<30>y\n", "<191>", "<192>mark", "<200>far", "<9999>x", "<0013>x", "<4294967309>x", "<>x", "<1x>x", " <13>x", "\n<13>x", "<13\n>x"]],
    ["codes that are kept", ["-r"], ["<13>x", "<13>", "plain\n", "<13\0>x"]],
    ["too long ones", [], [DIGITS.slice(0, 1023), DIGITS.slice(0, 1024), DIGITS.slice(0, 1025), DIGITS, `<13>${DIGITS}`, `${DIGITS.slice(0, 1022)}\n\n\n\n`]],
    ["too long ones of a limit that is too low", ["-l", "1"], [75, 76, 77, 78].flatMap((length) => [DIGITS.slice(0, length), `${DIGITS.slice(0, length - 1)}\n`])],
    ["too long ones with codes", ["-rl100"], [`<13>${DIGITS.slice(0, 96)}`, `<13>${DIGITS.slice(0, 97)}`]],
    ["great ones", ["-l", "4294967295"], ["x".repeat(60_000), "y".repeat(100_000)]],
  ])("%s", async (_name, words, datagrams) => {
    expect(await lines(OUR_BIN, words, datagrams)).toBe(await lines(C_BIN, words, datagrams));
  });
});

describe("s6-socklog fails as C's does with", () => {
  const WRONG = [
    ["-q"], ["-x"], ["--x"], ["-l", "x"], ["-l", "-1"], ["-t", "1x"], ["-u", "x"], ["-g", "-1"], ["-g", "4294967296"], ["-G", ",1"], ["-G", "x"], ["-d", "1"], ["-d", "2"], ["-d", "+3"],
    ["-d", "9"], ["-i"], ["-i", ""], ["-i", "1.2.3"], ["-i", "127.0.0.1_"], ["-i", "127.0.0.1_x"], ["-i", "127.0.0.1:65536"], ["-i", "1::2::3_5"], ["-i", "192.0.2.1_7"],
    ["-i", "192.0.2.1"], ["-i", "2001:db8::1:0:0:1_7"], ["-x", "no/such/place"], ["-U"], ...["-u", "-g", "-G"].map((option) => [...PLACE, option, "4294967295"]),
  ];
  test.each(WRONG.map((words): [string[]] => [words]))("%j", (words) => {
    const theirs = failed(C_BIN, words);
    expect([100, 111]).toContain(theirs.status);
    expect(failed(OUR_BIN, words)).toEqual(theirs);
  });

  test.each(["UID=1 GID=1", "UID=x GID=1 GIDLIST=1", "UID=1 GID= GIDLIST=1", "UID=1 GID=1 GIDLIST=x"])("-U where the environment has %s", (text) => {
    const environment = Object.fromEntries(text.split(" ").map((word) => word.split("=") as [string, string]));
    expect(failed(OUR_BIN, ["-U"], { environment })).toEqual(failed(C_BIN, ["-U"], { environment }));
  });

  test.each(["-u", "-g", "-G"])("%s of somebody who may not", (option) => {
    const nobody = (bin: string) => {
      const dir = makeTempDirectory();
      chmodSync(dir, 0o777);
      return failed(bin, [...PLACE, option, "5"], { dir, before: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] });
    };
    expect(nobody(OUR_BIN)).toEqual(nobody(C_BIN));
  });

  test.each([1, 2])("descriptor %i closed", (fd) => {
    const closed = (bin: string) => failed(bin, PLACE, { before: ["sh", "-c", `exec "$0" "$@" ${fd}>&-`] });
    expect(closed(OUR_BIN)).toEqual(closed(C_BIN));
    expect(closed(OUR_BIN).status).toBe(100);
  });

  test.each([[OUR_BIN, OUR_BIN], [OUR_BIN, C_BIN], [C_BIN, OUR_BIN], [C_BIN, C_BIN]])("a socket that somebody has: %s beside %s", async (first, second) => {
    const daemon = await start(first, PLACE);
    const stderr = "s6-socklog: fatal: unable to bind socket to s: Device or resource busy\n";
    expect(failed(second, PLACE, { dir: daemon.dir })).toEqual({ status: 111, stdout: "", stderr });
    send(daemon, "still here");
    await eventually(daemon.stdout).toBe("still here\n");
  });

  test("a reader that is gone", async () => {
    const gone = async (bin: string) => {
      const daemon = await start(bin, PLACE);
      daemon.process.stdout?.destroy();
      send(daemon, "hello");
      return daemon.ended;
    };
    expect(await gone(OUR_BIN)).toEqual(await gone(C_BIN));
  });
});

test.each([["-G", "1,x"], ["-i", "256.0.0.1_7"], ["-i", "::1%lo"], ["-i", "1.2.3.4.5"]])("s6-socklog takes %s %s for what it is: wrong", (...words) => {
  expect(failed(OUR_BIN, words)).toMatchObject({ status: 100, stderr: expect.stringContaining("usage:") });
});

describe("s6-socklog", () => {
  test("says when it is ready, and lets go of stdin", async () => {
    const daemon = await start(OUR_BIN, PLACE);
    expect(daemon.notified).toBe("\n");
    const { stdin } = daemon.process;
    if (stdin === null) throw new Error("no stdin");
    const refused = once(stdin, "error");
    stdin.write("is anybody there?");
    expect(await refused).toMatchObject([{ code: "EPIPE" }]);
    send(daemon, "heard");
    await eventually(daemon.stdout).toBe("heard\n");
  });

  test("goes on when nobody hears that it is ready", async () => {
    const dir = makeTempDirectory();
    const deaf = `mkfifo f; exec 4<>f 3>f 4<&-; exec "$0" "$@"`;
    const child = spawn("sh", ["-c", deaf, join(OUR_BIN, "s6-socklog"), "-d", "3", ...PLACE], { cwd: dir, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await eventually(() => existsSync(join(dir, "s"))).toBe(true);
    sendUnix(join(dir, "s"), "heard");
    expect(String((await once(child.stdout, "data"))[0])).toBe("heard\n");
  });

  test("makes a socket for everybody, whatever was there, and leaves it", async () => {
    for (const bin of [OUR_BIN, C_BIN]) {
      const dir = makeTempDirectory();
      writeFileSync(join(dir, "s"), "no socket");
      const daemon = await start(bin, PLACE, { dir, before: ["sh", "-c", `umask 077; exec "$0" "$@"`] });
      const modes = () => ["s", "s.lock"].map((name) => statSync(join(dir, name)).mode.toString(8));
      expect(modes()).toEqual(["140777", "100600"]);
      daemon.process.kill("SIGTERM");
      await daemon.ended;
      expect(modes()).toEqual(["140777", "100600"]);
    }
  });

  test("refuses a path that is too long", () => {
    const path = "x".repeat(108);
    expect(failed(OUR_BIN, ["-x", path]).stderr).toBe(`s6-socklog: fatal: unable to bind socket to ${path}: File name too long\n`);
  });

  test("ignores an empty datagram", async () => {
    expect(await lines(OUR_BIN, [], ["a", "", "", "b"])).toBe("a\nb\nTHE END\n");
  });

  test.each<[string[], Record<string, string>]>([
    [["-u", "1000", "-g", "1001", "-G", "5,1001,6"], {}], [["-g", "1001"], {}], [["-G", ""], {}], [["-u0", "-g0", "-G7"], {}],
    [["-U"], { UID: "1000", GID: "1001", GIDLIST: "7,8" }], [["-g", "5", "-U", "-u", "1002"], { UID: "1000", GID: "1001", GIDLIST: "" }],
  ])("becomes with %j who C's becomes, once the socket is there", async (words, environment) => {
    const become = async (bin: string) => {
      const dir = makeTempDirectory();
      chmodSync(dir, 0o700);
      const daemon = await start(bin, [...PLACE, ...words], { dir, environment });
      const status = readFileSync(`/proc/${daemon.pid}/status`, "utf8").match(/^(Uid|Gid|Groups):.*$/gm);
      send(daemon, "heard");
      await eventually(daemon.stdout).toBe("heard\n");
      return { status, owner: statSync(join(dir, "s")).uid };
    };
    const ours = await become(OUR_BIN);
    expect(ours).toEqual(await become(C_BIN));
    expect(ours.owner).toBe(0);
  });
});

/** A pipe that nobody reads yet. */
function pipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const path = join(makeTempDirectory(), "pipe");
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  onTestFinished(() => [readEnd, writeEnd].forEach((fd) => void closeSync(fd)));
  return { readEnd, writeEnd };
}

function readAll(fd: number): string {
  const chunk = Buffer.alloc(65_536);
  let text = "";
  for (let count = readFd(fd, chunk); count !== "again" && count > 0; count = readFd(fd, chunk)) text += chunk.toString("latin1", 0, count);
  return text;
}

describe("s6-socklog and a slow reader", () => {
  const DATAGRAMS = Array.from({ length: 500 }, (_, number) => `${number} ${"x".repeat(900)}`);
  const LINES = DATAGRAMS.map((text) => `${text}\n`).join("");

  test("goes on receiving; SIGTERM lets it write everything", async () => {
    const { readEnd, writeEnd } = pipe();
    const daemon = await start(OUR_BIN, PLACE, { stdout: writeEnd });
    send(daemon, ...DATAGRAMS);
    daemon.process.kill("SIGTERM");
    let text = "";
    await eventually(() => ((text += readAll(readEnd)), text.length)).toBe(LINES.length);
    expect(text).toBe(LINES);
    expect((await daemon.ended).exitCode).toBe(0);
    expect(setNonblock(writeEnd, false)).toBe(false);
  });

  test("exits 99 when that takes longer than -t says", async () => {
    const { readEnd, writeEnd } = pipe();
    const daemon = await start(OUR_BIN, [...PLACE, "-t", "300"], { stdout: writeEnd });
    send(daemon, ...DATAGRAMS);
    daemon.process.kill("SIGTERM");
    expect(await daemon.ended).toEqual({ exitCode: 99, stderr: "" });
    expect(LINES.startsWith(readAll(readEnd))).toBe(true);
  });

  test("takes what was sent before SIGTERM, and nobody waits for it later", async () => {
    const daemon = await start(OUR_BIN, PLACE);
    daemon.process.kill("SIGSTOP");
    send(daemon, "a", "b", "c");
    daemon.process.kill("SIGTERM");
    daemon.process.kill("SIGCONT");
    expect(await daemon.ended).toEqual({ exitCode: 0, stderr: "" });
    expect(daemon.stdout()).toBe("a\nb\nc\n");
    expect(existsSync(join(daemon.dir, "s"))).toBe(true);
    expect(() => send(daemon, "d")).toThrow();
  });
});

describe("s6-socklog by UDP", () => {
  const here = Object.values(networkInterfaces()).flatMap((list) => list ?? []).map(({ address }) => address);
  const PLACES = ["127.0.0.1 127.0.0.1_", "127.0.0.1 127.0.0.1:", ...(here.includes("::1") ? ["::1 ::1_", "::1 0:0::0:1_"] : [])];

  test.each(PLACES)("says who sent it: %s", async (place) => {
    const [address = "", prefix = ""] = place.split(" ");
    const family = address.includes(":") ? "udp6" : "udp4";
    const bound = async () => {
      const socket = createSocket(family);
      socket.bind(0, address);
      await once(socket, "listening");
      return socket;
    };
    const free = await bound();
    const { port } = free.address();
    free.close();
    const daemon = await start(OUR_BIN, ["-i", prefix + port, "-l", "100"]);
    const sender = await bound();
    onTestFinished(() => void sender.close());
    for (const text of ["<13>hello\n", "", "a\nb", DIGITS.slice(0, 101), DIGITS]) {
      await new Promise<void>((resolve, reject) => sender.send(text, port, address, (error) => (error === null ? resolve() : reject(error))));
    }
    const from = `${address}_${sender.address().port}: `;
    const long = `${from}${DIGITS.slice(0, 101)}...\n`;
    await eventually(daemon.stdout).toBe(`${from}user.notice: hello\n${from}a~b\n${long}${long}`);
    daemon.process.kill("SIGTERM");
    expect(await daemon.ended).toEqual({ exitCode: 0, stderr: "" });
  });
});
