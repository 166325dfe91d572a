import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { isThin } from "../support/hosts.ts";
import { ask, clientOf, descriptorsOf, restingDescriptorsOf, startServer } from "../support/servers.ts";
import { eventually, isAlive, pidOf, scan } from "./svscan-tree.ts";

const statOf = (pid: number): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};
const familyOf = (pid: number) => {
  const [, parent, group, session] = statOf(pid);
  return { parent: Number(parent), group: Number(group), session: Number(session) };
};

/** What a child is, in a text that does not tell one run from another. */
const FACTS = `echo $(readlink /proc/self/cwd | sed 's,.*/,,') $(umask) $(ulimit -Sn) $(cd /proc/$$/fd; echo *); grep SigIgn /proc/$$/status; env | grep -Ev '^(OLD)?PWD=|PATH=' | sort`;

describe("s6-ipcserverd in a host", () => {
  test("is a thin process: the children are its own, in its process group and session, with nothing that is not theirs", async () => {
    const server = await startServer(["sh", "-c", "echo $$; read line"]);
    const client = await clientOf(server.path);
    const pid = await new Promise<number>((resolve) => client.once("data", (bytes: Buffer) => resolve(Number(bytes.toString()))));
    expect(familyOf(pid)).toEqual({ ...familyOf(server.pid), parent: server.pid });
    expect(descriptorsOf(pid).filter((fd) => fd < 100)).toEqual([0, 1, 2]); // the runner of tests leaks higher ones
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toMatch(/^socket:/);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(server.dir);
    client.end("\n");
    await eventually(() => isAlive(pid)).toBe(false);
  });

  test.each<[string, string[]]>([["as they are", []], ["limits, umask, signals", ["sh", "-c", `trap '' HUP INT; ulimit -Sn 99; umask 027; exec "$0" "$@"`]]])("starts what C's starts: %s", async (_name, before) => {
    const file = openSync("/dev/null", "r");
    onTestFinished(() => closeSync(file));
    const heard = async (bin: string) => {
      const dir = join(makeTempDirectory(), "same");
      mkdirSync(dir);
      const server = await startServer(["sh", "-c", FACTS], { bin, dir, before, options: ["-P"], more: [file], environment: { A: "b", B: "\u00fc" } });
      return (await ask(server.path))?.replaceAll(C_BIN, "BIN").replaceAll(OUR_BIN, "BIN");
    };
    expect(await heard(OUR_BIN)).toBe(await heard(C_BIN));
  });

  test("tells each child who is there, also in an environment that no packet has room for", async () => {
    const environment = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`V${index}`, "x".repeat(1000)]));
    const server = await startServer(["sh", "-c", "echo $PROTO $IPCREMOTEEUID $IPCREMOTEEGID $IPCCONNNUM $((${#V0} + ${#V99}))"], { environment });
    expect(await ask(server.path)).toBe(`IPC ${process.getuid?.()} ${process.getgid?.()} 1 2000\n`);
  });

  test("does what signals say, and exits as C's does", async () => {
    const sleeper = ["sh", "-c", "echo $$; exec sleep 1000"];
    for (const [signal, exitCode, lives] of [["SIGTERM", 0, true], ["SIGQUIT", 0, false], ["SIGABRT", 0, false]] as const) {
      const server = await startServer(sleeper);
      const client = await clientOf(server.path);
      const pid = await new Promise<number>((resolve) => client.once("data", (bytes: Buffer) => resolve(Number(bytes.toString()))));
      server.process.kill(signal);
      expect(await server.exited).toBe(exitCode); // its stderr stays open in the child
      await eventually(() => isAlive(pid)).toBe(lives);
      if (lives) process.kill(pid, "SIGKILL");
    }
    const server = await startServer(sleeper);
    const hangup = ask(server.path);
    // It has said its pid when it is no shell any more.
    const child = (): string => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").trim();
    await eventually(() => child() !== "" && readFileSync(`/proc/${child()}/comm`, "utf8")).toBe("sleep\n");
    server.process.kill("SIGHUP");
    expect(await hangup).toMatch(/^\d+\n$/);
    expect(isAlive(server.pid)).toBe(true);
  });

  test("says what C's says of each connection, and tells how children end", async () => {
    const lines = async (bin: string) => {
      const server = await startServer(["sh", "-c", "echo $$; read line; exit 3"], { bin, options: ["-v"] });
      const client = await clientOf(server.path);
      await new Promise((resolve) => client.once("data", resolve));
      client.end("\n");
      await eventually(server.stderr).toMatch(/end pid \d+ uid \d+ exitcode 3\n.*status: 0\/40\n$/);
      server.process.kill("SIGTERM");
      return (await server.ended).stderr.replaceAll(/pid \d+/g, "pid N").replaceAll(/count \d+/g, "count N");
    };
    const said = await lines(OUR_BIN);
    for (const line of (await lines(C_BIN)).split("\n")) expect(said).toContain(line);
  });

  test("serves as many at once as -c says, a thousand that come at once, and leaks no descriptor", async () => {
    const server = await startServer(["echo", "hello"], { options: ["-c", "7", "-C", "7"] });
    expect(await ask(server.path)).toBe("hello\n");
    const before = await restingDescriptorsOf(server.pid);
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(Array.from({ length: 250 }, () => ask(server.path)));
      expect(answers.filter((answer) => answer !== "hello\n")).toEqual([]);
    }
    expect(await restingDescriptorsOf(server.pid)).toEqual(before);
    await eventually(() => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8")).toBe("");
  });

  test("closes the connection when the program can't be executed, and goes on", async () => {
    const dir = makeTempDirectory();
    const server = await startServer(["./later"], { dir });
    expect(await ask(server.path)).toBeUndefined();
    await eventually(server.stderr).toBe("s6-ipcserverd: warning: unable to spawn ./later: No such file or directory\n");
    writeFileSync(join(dir, "later"), "#!/bin/sh\necho now\n", { mode: 0o755 });
    expect(await ask(server.path)).toBe("now\n");
  });
});

test("a run script that is a super-server is executed once: no Node starts for it", async () => {
  const PATH = `${OUR_BIN}:${process.env["PATH"]}`;
  const run = `#!${join(OUR_BIN, "execlineb")} -P\ns6-ipcserver -1 ./s s6-echo hello\n`;
  const tree = await scan({ "a/run": run, "a/notification-fd": "1\n" }, { environment: { PATH } });
  tree.up("a");
  expect(theirs("s6-svwait", "-U", "-t", "10000", tree.path("a"))).toMatchObject({ exitCode: 0 });
  const pid = pidOf(tree.path("a"));
  expect(isThin(pid)).toBe(true);
  expect(await ask(tree.path("a", "s"))).toBe("hello\n");
  const explained = spawnSync(join(OUR_BIN, "s6-explain-run"), [tree.path("a")], { encoding: "utf8", env: { PATH } });
  expect(explained.stdout).toContain("descriptor 0 listens at ./s\n");
  expect(ours("s6-svc", "-wD", "-T", "10000", "-d", tree.path("a"))).toMatchObject({ exitCode: 0 });
  expect(ours("s6-svstat", "-o", "exitcode,signal", tree.path("a")).stdout).toBe("0 NA\n");
});
