import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";
import { BINS } from "../support/peers.ts";
import { childrenOf } from "../support/processes.ts";
import { ask, clientOf, type RunningServer, startServer } from "../support/servers.ts";
import { eventually, isAlive } from "./svscan-tree.ts";

/** s6-ipcserverd as a process of its own, beside C's. */

const start = (bin: string, prog: readonly string[], options: readonly string[] = [], environment = {}): Promise<RunningServer> =>
  startServer(prog, { bin, home: "alone", options, environment });

/** What a server of ours and one of C's do. */
async function both<T>(act: (bin: string) => Promise<T>): Promise<{ readonly ours: T; readonly theirs: T }> {
  return { ours: await act(OUR_BIN), theirs: await act(C_BIN) };
}
async function same<T>(act: (bin: string) => Promise<T>): Promise<T> {
  const { ours, theirs } = await both(act);
  expect(ours).toEqual(theirs);
  return theirs;
}

/** Lines without what is another at every run. */
const shape = (text: string): string => text.replaceAll(/pid \d+/g, "pid P").replaceAll(/(deny .*): .*/g, "$1");
const heard = (client: Awaited<ReturnType<typeof clientOf>>): Promise<string> => new Promise((resolve) => client.once("data", (bytes) => resolve(bytes.toString())));
const SLEEPER = ["sh", "-c", "echo $$; exec sleep 1000"];

describe("what the program finds", () => {
  test.each([["as usual", []], ["without asking who", ["-P"]], ["with readiness", ["-1"]]])("%s: environment", async (_name, options) => {
    const inherited = { PROTO: "old", IPCREMOTEEUID: "old", IPCREMOTEEGID: "old", IPCREMOTEPATH: "old", IPCCONNNUM: "old", IPCLOCALPATH: "kept", OTHER: "\u00ff" };
    const text = await same(async (bin) => {
      const { path } = await start(bin, ["env", "-0"], options, inherited);
      return (await ask(path))?.split("\0").filter((entry) => /^(PROTO|IPC|OTHER)/.test(entry)).sort();
    });
    expect(text).toContain(options[0] === "-P" ? "IPCCONNNUM=" : "IPCCONNNUM=1");
    expect(text?.some((entry) => entry.startsWith("IPCREMOTEEUID"))).toBe(options[0] !== "-P");
  });

  test("the path that the client has bound, whatever bytes it has", () => same(async (bin) => {
    const { path, dir } = await start(bin, ["printenv", "IPCREMOTEPATH"]);
    return execFileSync(join(C_BIN, "s6-ipcclient"), ["-p", "b\u00f6und x", path, "sh", "-c", "cat <&6"], { cwd: dir, encoding: "latin1" });
  }));

  test("descriptors, signals, and a connection that blocks", () => same(async (bin) => {
    const script = "cd /proc/$$/fd; for fd in [0-9]; do echo $fd $(readlink $fd | sed 's/[0-9][0-9]*/N/g') $(grep flags ../fdinfo/$fd); done; while read line; do case $line in SigPnd*|SigBlk*|SigCgt*) echo $line;; esac; done <../status";
    return ask((await start(bin, ["sh", "-c", script])).path);
  }));

  test("its number counts the connections of its user, itself included", () => same(async (bin) => {
    const { path } = await start(bin, ["sh", "-c", "echo $IPCCONNNUM; read line"]);
    const numbers: string[] = [];
    const clients = [];
    for (let index = 0; index < 3; index++) {
      const client = await clientOf(path);
      numbers.push(await heard(client));
      clients.push(client);
    }
    return numbers;
  }));
});

describe("programs of ours before the handler", () => {
  const CHAINS = [
    ["execlineb", "-Pc", "importas -u ID IPCREMOTEEUID fdmove -c 2 1 echo id $ID"],
    ["s6-envdir", "env", "printenv", "COLOUR"],
    ["s6-envdir", "missing", "true"],
    ["fdmove", "5", "1", "fdmove", "1", "5", "echo", "moved"],
    ["s6-softlimit", "-o", "50", "sh", "-c", "ulimit -n"],
    ["s6-setlock", "-n", "lock", "echo", "locked"],
    ["s6-setuidgid", "nobody", "id", "-u"],
    ["sh", "-c", "echo plain"],
    ["execlineb", "-Pc", "nonexistent"],
    ["execlineb", "-Pc", "foreground { echo one } echo two"],
    ["cd", "/", "pwd"],
  ];
  test.each(CHAINS.map((chain) => [chain.join(" "), chain] as const))("%s", async (_name, chain) => {
    const { stderr } = await same(async (bin) => {
      const dir = makeTempDirectory();
      mkdirSync(join(dir, "env"));
      writeFileSync(join(dir, "env", "COLOUR"), "blue\n");
      const server = await startServer(chain, { bin, home: "alone", dir, environment: { PATH: `${bin}:/usr/lib/execline/bin:/usr/bin:/bin` } });
      // What a chain comes to is remembered from the second time on.
      const answers = [];
      for (let count = 0; count < 4; count++) answers.push(await ask(server.path));
      server.process.kill("SIGTERM");
      return { answers, stderr: (await server.ended).stderr.replaceAll(bin, "BIN") };
    });
    expect(stderr).toBe(chain.includes("missing") || chain.includes("nonexistent") ? stderr : "");
  });

  test("what they depend on may change", () => same(async (bin) => {
    const dir = makeTempDirectory();
    const put = (value: string): void => writeFileSync(join(dir, "env", "COLOUR"), value);
    mkdirSync(join(dir, "env"));
    put("blue");
    const { path } = await startServer(["s6-envdir", "env", "sh", "-c", "echo $COLOUR"], { bin, home: "alone", dir });
    const answers = [await ask(path), await ask(path), await ask(path)];
    for (const change of [() => put("red"), () => rmSync(join(dir, "env", "COLOUR")), () => put("green")]) {
      change();
      answers.push(await ask(path), await ask(path), await ask(path));
    }
    return answers;
  }));
});

test("s6-ipcserver-access and s6-connlimit decide without a process, and rules may change", () => same(async (bin) => {
  const dir = makeTempDirectory();
  const rule = join(dir, "rules", "uid", "self");
  mkdirSync(join(rule, "env"), { recursive: true });
  const put = (name: string): void => writeFileSync(join(rule, name), "");
  put("allow");
  const server = await startServer(["s6-ipcserver-access", "-v2", "-i", "rules", "s6-connlimit", "sh", "-c", "echo $IPCLOCALPATH $COLOUR $IPCCONNMAX"], { bin, home: "alone", dir });
  const answers: (string | undefined)[] = [];
  const changes = [
    () => undefined, () => writeFileSync(join(rule, "env", "COLOUR"), "blue"), () => rmSync(join(rule, "allow")), () => put("deny"), () => rmSync(join(rule, "deny")), () => put("allow"),
    () => writeFileSync(join(rule, "env", "IPCCONNMAX"), "0"), () => writeFileSync(join(rule, "env", "IPCCONNMAX"), "1"), () => writeFileSync(join(rule, "exec"), "echo instead"),
  ];
  for (const change of changes) {
    change();
    for (let count = 0; count < 3; count++) {
      answers.push(await ask(server.path));
      await eventually(() => childrenOf(server.pid)).toEqual([]); // it counts those that it has not waited for
    }
  }
  server.process.kill("SIGTERM");
  return { answers, stderr: shape((await server.ended).stderr) };
}));

describe("what it says", () => {
  test.each([["-v"], ["-q"], ["-Q"]])("%s", async (option) => void await same(async (bin) => {
    const server = await start(bin, ["sh", "-c", "echo $IPCCONNNUM; read line; exit 3"], [option, "-c", "3", "-C", "1"]);
    const client = await clientOf(server.path);
    await heard(client);
    expect(await ask(server.path)).toBeUndefined(); // one too many
    client.end("\n");
    await new Promise((resolve) => client.once("close", resolve));
    if (option === "-v") await eventually(server.stderr).toMatch(/exitcode 3\n.*status: 0\/3\n$/);
    server.process.kill("SIGTERM");
    const { exitCode, stderr } = await server.ended;
    return { exitCode, stderr: shape(stderr) };
  }));

  test.each([["nonexistent", "No such file or directory"], ["/etc", "Permission denied"], ["./s", "Permission denied"]])("as 2.15 where %s can't be started", async (prog, reason) => {
    const server = await start(OUR_BIN, [prog], ["-v"]);
    expect(await ask(server.path)).toBeUndefined();
    expect(await ask(server.path)).toBeUndefined();
    server.process.kill("SIGTERM");
    expect((await server.ended).stderr).toBe([
      "info: starting", "info: status: 0/40", ...Array<string>(2).fill(`warning: unable to spawn ${prog}: ${reason}`), "info: received SIGTERM, quitting", "info: exiting", "",
    ].map((line) => (line === "" ? line : `s6-ipcserverd: ${line}`)).join("\n"));
  });
});

describe("while as many are served as there may be", () => {
  test("the others wait, and are served then", () => same(async (bin) => {
    const { path } = await start(bin, ["sh", "-c", "echo on; read line"], ["-c", "2"]);
    const clients = [await clientOf(path), await clientOf(path)];
    for (const client of clients) expect(await heard(client)).toBe("on\n");
    const waiting = ask(path);
    const first = await Promise.race([waiting.then(() => "served"), new Promise((resolve) => setTimeout(() => resolve("waiting"), 200))]);
    clients[0]?.end("\n");
    const last = await clientOf(path);
    last.end("\n");
    clients[1]?.end("\n");
    return [first, await heard(last)];
  }));
});

describe("signals", () => {
  test.each([["SIGTERM", true], ["SIGQUIT", false], ["SIGABRT", false]] as const)("%s ends it; children live: %s", async (signal, lives) => void await same(async (bin) => {
    const server = await start(bin, SLEEPER, ["-v"]);
    const pid = Number(await heard(await clientOf(server.path)));
    server.process.kill(signal);
    const exitCode = await server.exited;
    await eventually(() => isAlive(pid)).toBe(lives);
    if (lives) process.kill(pid, "SIGKILL");
    return { exitCode, stderr: shape((await server.ended).stderr) };
  }));

  test("SIGHUP only ends children, even those that are stopped", () => same(async (bin) => {
    const server = await start(bin, SLEEPER);
    const client = await clientOf(server.path);
    const pid = Number(await heard(client));
    process.kill(pid, "SIGSTOP");
    server.process.kill("SIGHUP");
    await new Promise((resolve) => client.once("close", resolve));
    return isAlive(server.pid);
  }));
});

describe("its start", () => {
  const SERVER = "$BIN/s6-ipcserverd";
  test.each([
    `${SERVER}; echo $?`, `${SERVER} ''; echo $?`, `${SERVER} -x true; echo $?`, `${SERVER} -c x true; echo $?`, `${SERVER} -v -1 true; echo $?`,
    `${SERVER} true </dev/null; echo $?`, `${SERVER} true <&-; echo $?`, `$BIN/s6-ipcserver s; echo $?`, `$BIN/s6-ipcserver -a 9 s true; echo $?`,
    `$BIN/s6-ipcserver-socketbinder s ${SERVER} -1 true >&-; echo $?`, "$BIN/s6-ipcserver -D /etc/passwd true; echo $?", "$BIN/s6-ipcserver /nonexistent/s true; echo $?",
  ])("%s", (script) => void sameChain({ cwd: makeTempDirectory(), env: { S6_ACTORS_ALONE: "1" } }, script));

  test("-1 says when clients can connect, and stdout is closed; without it, it is closed at once", () => {
    for (const option of ["-1", ""]) {
      for (const [, bin] of BINS) {
        const script = `mkfifo out; $BIN/s6-ipcserver ${option} s true >out & cat out | od -An -c; $BIN/s6-ipcclient s true; echo $?; kill $!; wait`;
        expect(chainWith(bin, { cwd: makeTempDirectory(), env: { S6_ACTORS_ALONE: "1" } }, script.replace("$BIN/s6-ipcclient", `${C_BIN}/s6-ipcclient`))).toMatchObject({ stdout: `${option === "-1" ? "  \\n\n" : ""}0\n`, stderr: "" });
      }
    }
  });

  test("mode, lock file, and a second server that takes the path over", () => same(async (bin) => {
    const dir = makeTempDirectory();
    const options = { bin, home: "alone", dir } as const;
    const first = await startServer(["echo", "first"], { ...options, options: ["-a", "0700"] });
    const modes = [join(dir, "s"), join(dir, "s.lock")].map((path) => (statSync(path).mode & 0o777).toString(8));
    const answers = [await ask(first.path)];
    await startServer(["echo", "second"], options);
    answers.push(await ask(first.path));
    return { modes, answers, isAlive: isAlive(first.pid) };
  }));

  test("-u and -g: children are somebody else, and so is it", () => same(async (bin) => {
    const server = await start(bin, ["sh", "-c", "id -u; id -g; id -G"], ["-u", "65534", "-g", "65533", "-G", "1,2"]);
    const uids = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "latin1"))?.[1];
    return [uids, await ask(server.path)];
  }));
});
