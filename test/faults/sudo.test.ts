import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeSudoRequest, SERVER_BANNER } from "../../src/formats/sudo.ts";
import { parentOf } from "../../src/sys/process.ts";
import { frame } from "../../src/formats/unixmessage.ts";
import { eventually, leadsTo, read } from "../interop/svscan-tree.ts";
import { C_BIN } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { HostileClient } from "../support/hostile-client.ts";
import { sudoServer, type SudoServer } from "../support/sudo.ts";

/** The command leaves a trace: nothing but a whole and valid request may. */
const TRACE = ["sh", "-c", 'echo >"$0"; exit 4'];
const REQUEST = frame(makeSudoRequest({ args: ["trace"], variables: ["A=b"] }), 3);
const BANNER = SERVER_BANNER.toString();

const hasRun = (server: SudoServer): boolean => existsSync(join(server.directory, "trace"));

function greeted(server: SudoServer): HostileClient {
  const client = new HostileClient(server.socket);
  expect(client.receive(SERVER_BANNER.length).toString()).toBe(BANNER);
  return client;
}

/** A client that says this, and hears what the server answers. */
function answer(server: SudoServer, bytes: Uint8Array, descriptors = 3): string {
  const client = greeted(server);
  client.send(bytes, descriptors);
  const said = client.rest().toString("hex");
  client.close();
  return said;
}

/** Behind our super-server, s6-sudod has no process. */
describe.for([["a process", C_BIN], ["a session", OUR_BIN]] as const)("s6-sudod as %s", ([, serverBin]) => {
  const serverWith = (args: readonly string[]): Promise<SudoServer> => sudoServer(OUR_BIN, args, { serverBin });

  test("the hand-written client can speak properly, too", async () => {
    const server = await serverWith(TRACE);
    expect(answer(server, REQUEST)).toBe("0000000400");
    expect(hasRun(server)).toBe(true);
  });

  test("a client that speaks a byte at a time is understood, and its descriptors come with the first", async () => {
    const server = await serverWith(TRACE);
    const client = greeted(server);
    for (let at = 0; at < REQUEST.length; at++) client.send(REQUEST.subarray(at, at + 1), at === 0 ? 3 : 0);
    expect(client.rest().toString("hex")).toBe("0000000400");
    client.close();
  });

  test.each([0, 1, 2, 4, 5, 253])("%i descriptors are not three", async (descriptors) => {
    const server = await serverWith(TRACE);
    expect(answer(server, REQUEST, descriptors)).toBe("");
    expect(answer(server, frame(REQUEST.subarray(6), descriptors), descriptors)).toBe("");
    await eventually(() => server.stderr().split("\n").length).toBe(3);
    expect(server.stderr()).toMatch(/^(s6-sudod: fatal: (client did not send 3 fds|unable to read message from client: Protocol error)\n){2}$/);
    expect(hasRun(server)).toBe(false);
  });

  test("descriptors that come late are as good as none", async () => {
    const server = await serverWith(TRACE);
    const client = greeted(server);
    client.send(REQUEST.subarray(0, 6), 2);
    client.send(REQUEST.subarray(6), 1);
    expect(client.rest().toString("hex")).toBe("");
    client.close();
    expect(hasRun(server)).toBe(false);
  });

  describe("a request that is no request", () => {
    const body = REQUEST.subarray(6);
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = Buffer.from(REQUEST);
      bytes.writeUInt32BE(value, 6 + at);
      return bytes;
    };
    test.each([
      ["somebody else's banner", Buffer.from(Buffer.from(REQUEST).toString("latin1").replace("sudo a", "sudo x"), "latin1"), ""],
      ["nothing", frame(Buffer.alloc(0), 3), ""],
      ["a length that is longer than anything", Buffer.from("7fffffff0003", "hex"), ""],
      ["a length one beyond what is allowed", Buffer.from("008000010003", "hex"), ""],
      ["too many arguments", changed(15, 131_073), ""],
      ["more arguments than there are", changed(15, 2), "16"],
      ["fewer arguments than there are", changed(15, 0), "16"],
      ["more variables than there are", changed(19, 2), "16"],
      ["lengths that do not add up", changed(23, 5), ""],
      ["lengths that overflow", changed(23, 0xffffffff), ""],
      ["an argument without its end", frame(Buffer.concat([body.subarray(0, -5), Buffer.from("xA=b\0")]), 3), "16"],
      ["a variable that is none", frame(makeSudoRequest({ args: ["trace"], variables: ["A"] }), 3), "16"],
      ["a variable without its end", frame(Buffer.concat([body.subarray(0, -1), Buffer.from("x")]), 3), "16"],
    ])("%s", async (_, bytes, expected) => {
      const server = await serverWith(TRACE);
      expect(answer(server, bytes)).toBe(expected);
      expect(hasRun(server)).toBe(false);
      await eventually(() => server.stderr()).toMatch(/^s6-sudod: fatal: .*\n$/);
    });
  });

  test("a request that is cut anywhere runs nothing", async () => {
    const server = await serverWith(TRACE);
    for (let at = 0; at < REQUEST.length; at += 4) {
      const client = greeted(server);
      if (at > 0) client.send(REQUEST.subarray(0, at), 3);
      client.close();
    }
    await eventually(() => server.stderr().split("\n").length - 1).toBe(Math.ceil(REQUEST.length / 4));
    expect(hasRun(server)).toBe(false);
  });

  test("a client that is silent is not waited for for ever", async () => {
    const server = await serverWith(["-t", "200", ...TRACE]);
    const client = greeted(server);
    client.send(REQUEST.subarray(0, 20), 3);
    expect(client.rest().length).toBe(0);
    client.close();
    await eventually(() => server.stderr()).toBe("s6-sudod: fatal: unable to read message from client: Connection timed out\n");
  });

  test("the time limit is for the request, not for the command", async () => {
    const server = await serverWith(["-t", "500", "sh", "-c", "sleep 1; exit 4"]);
    expect(answer(server, REQUEST)).toBe("0000000400");
  });

  test("what comes behind a request is not read: neither the command nor the server has it", async () => {
    const server = await serverWith(["sh", "-c", "while test ! -e go; do sleep 0.05; done; exit 4"]);
    const client = greeted(server);
    client.send(REQUEST, 3);
    expect(client.receive(1).toString("hex")).toBe("00");
    client.send(Buffer.alloc(1000), 253);
    const pid = onlyChild(server.process.pid ?? -1);
    expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(100);
    writeFileSync(join(server.directory, "go"), "");
    expect(client.receive(4).toString("hex")).toBe("00000400");
    client.close();
  });
});

describe("sessions in a super-server", () => {
  const serverWith = (args: readonly string[], serverArgs: readonly string[] = []): Promise<SudoServer> => sudoServer(OUR_BIN, args, { serverBin: OUR_BIN, serverArgs });
  const openIn = ({ process: { pid } }: SudoServer): string[] => readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${leadsTo(pid ?? -1, Number(fd))}`);
  /** The command waits for a file, and says so in another. */
  const WAITS = ["sh", "-c", 'echo $$ >"$0"; while test ! -e go; do sleep 0.05; done; echo done >end; exit 4'];

  test("leave nothing open, however they end", async () => {
    const server = await serverWith(TRACE);
    answer(server, REQUEST);
    const before = openIn(server);
    for (let round = 0; round < 3; round++) {
      for (const descriptors of [0, 2, 3, 4, 253]) answer(server, REQUEST, descriptors);
      for (const descriptors of [2, 4, 253]) answer(server, frame(REQUEST.subarray(6), descriptors), descriptors);
      for (let at = 0; at < REQUEST.length; at += 7) {
        const client = new HostileClient(server.socket);
        if (at % 2 === 0) client.receive(SERVER_BANNER.length);
        client.send(REQUEST.subarray(0, at + 1), 3);
        client.close();
      }
      answer(server, Buffer.from("7fffffff0003", "hex"));
    }
    expect(answer(server, REQUEST)).toBe("0000000400");
    await eventually(() => openIn(server)).toEqual(before);
  });

  test("do not wait for each other: silent ones, slow ones, and one that works", async () => {
    const server = await serverWith(TRACE, ["-c", "60", "-C", "60"]);
    const others = Array.from({ length: 50 }, () => greeted(server));
    for (const [index, other] of others.entries()) if (index % 2 === 0) other.send(REQUEST.subarray(0, index + 1), 3);
    expect(answer(server, REQUEST)).toBe("0000000400");
    for (const other of others) other.close();
  });

  test("a flood of megabytes that come to nothing is not kept", async () => {
    const server = await serverWith(["-t", "2000", ...TRACE], ["-C", "40"]);
    const clients = Array.from({ length: 20 }, () => greeted(server));
    for (const client of clients) client.send(Buffer.from("007fffff0003", "hex"), 3);
    for (const client of clients) while (client.send(Buffer.alloc(65_536)));
    expect(answer(server, REQUEST)).toBe("0000000400");
    for (const client of clients) client.close();
    await eventually(() => openIn(server).filter((entry) => entry.includes("/dev/null")).length).toBeLessThan(4);
  });

  test("a request as large as there may be is taken; one that is too large for the kernel is refused by it", async () => {
    const server = await serverWith(["true"]);
    const client = greeted(server);
    const large = frame(makeSudoRequest({ args: Array.from({ length: 60 }, () => "x".repeat(130_000)), variables: [] }), 3);
    await client.sendAll(large, 3);
    expect(client.rest().length).toBe(0);
    client.close();
    await eventually(() => server.stderr()).toBe("s6-sudod: fatal: unable to spawn true: Argument list too long\n");
  });

  test("a command of very many words does not keep the others waiting", async () => {
    const server = await serverWith([join(OUR_BIN, "s6-setuidgid"), ""]);
    const words = Array.from({ length: 20_000 }, () => ["s6-setuidgid", ""]).flat();
    const client = greeted(server);
    await client.sendAll(frame(makeSudoRequest({ args: [...words, "true"], variables: [] }), 3), 3);
    expect(client.receive(1).toString("hex")).toBe("00");
    client.close();
  });

  test("SIGTERM: nobody is let in any more, and who is served is served to the end", async () => {
    const server = await serverWith(WAITS);
    const client = greeted(server);
    client.send(REQUEST, 3);
    expect(client.receive(1).toString("hex")).toBe("00");
    server.process.kill("SIGTERM");
    await eventually(() => refuses(server)).toBe(true);
    writeFileSync(join(server.directory, "go"), "");
    expect(client.receive(4).toString("hex")).toBe("00000400");
    await eventually(() => server.process.exitCode).toBe(0);
  });

  test("SIGTERM: a client that has asked for nothing does not hold the server up", async () => {
    const server = await serverWith(WAITS);
    const client = greeted(server);
    server.process.kill("SIGTERM");
    await eventually(() => server.process.exitCode).toBe(0);
    expect(client.rest().length).toBe(0);
  });

  test("SIGTERM twice: it waits for nobody, and the commands go on", async () => {
    const server = await serverWith(WAITS);
    const client = greeted(server);
    client.send(REQUEST, 3);
    expect(client.receive(1).toString("hex")).toBe("00");
    server.process.kill("SIGTERM");
    await eventually(() => refuses(server)).toBe(true);
    server.process.kill("SIGTERM");
    expect(client.rest().length).toBe(0);
    await eventually(() => server.process.exitCode).toBe(0);
    writeFileSync(join(server.directory, "go"), "");
    await eventually(() => read(join(server.directory, "end"))).toBe("done\n");
  });

  test.each(["SIGHUP", "SIGQUIT", "SIGABRT"] as const)("%s ends them, and the commands go on, as when an s6-sudod is killed", async (signal) => {
    const server = await serverWith(WAITS, ["-v"]);
    const client = greeted(server);
    client.send(REQUEST, 3);
    expect(client.receive(1).toString("hex")).toBe("00");
    server.process.kill(signal);
    expect(client.rest().length).toBe(0);
    await eventually(() => server.stderr()).toContain(`end session 1 uid ${process.getuid?.()} signal ${signal === "SIGABRT" ? 9 : 15}\n`);
    if (signal === "SIGHUP") expect(answer(server, frame(Buffer.alloc(0), 3))).toBe("");
    else await eventually(() => server.process.exitCode).toBe(0);
    writeFileSync(join(server.directory, "go"), "");
    await eventually(() => read(join(server.directory, "end"))).toBe("done\n");
  });

  test("they count: who has as many as a user may have gets no other", async () => {
    const server = await serverWith(TRACE, ["-v", "-C", "2"]);
    const [one, other] = [greeted(server), greeted(server)];
    expect(new HostileClient(server.socket).rest().length).toBe(0);
    one.close();
    await eventually(() => server.stderr()).toContain("end session 1 ");
    expect(answer(server, REQUEST)).toBe("0000000400");
    other.close();
    expect(server.stderr()).toMatch(/deny \d+:\d+ count 2\/2\n/);
  });
});

function refuses(server: SudoServer): boolean {
  try {
    new HostileClient(server.socket).close();
    return false;
  } catch {
    return true;
  }
}

/** The pid of a process's only child. */
function onlyChild(pid: number): number {
  const children = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && parentOf(Number(name)) === pid);
  expect(children.length).toBe(1);
  return Number(children[0]);
}
