import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";
import { eventually } from "./svscan-tree.ts";

let cwd: string;
beforeEach(() => {
  cwd = makeTempDirectory();
});

/** A server of Debian's; a shell command for each connection. */
async function serve(command: string): Promise<void> {
  const server = spawn(join(C_BIN, "s6-ipcserver"), ["-1", "socket", "sh", "-c", command], { cwd, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void server.kill());
  await once(server.stdout, "data"); // it listens
}

const both = (script: string) => sameChain({ cwd }, script);
const CONNECT = "$BIN/s6-ipcclient socket $BIN/s6-ioconnect";

/** Ours by themselves, with pipes that a test holds. */
function connect(args: readonly string[]): ChildProcess {
  const client = spawn(join(OUR_BIN, "s6-ipcclient"), ["socket", "s6-ioconnect", ...args], { cwd, env: { PATH: `${OUR_BIN}:/usr/bin:/bin` } });
  onTestFinished(() => void client.kill("SIGKILL"));
  return client;
}

const codeOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("close", (code) => resolve(code)));

describe("s6-ipcclient", () => {
  test.each([
    "socket", "", "-z socket true", "socket nonexistent", "none true", "-p socket socket true", "-q socket true", "-v socket echo on", "-vv socket true", "-vq socket true", "-vQ socket true", "-v -p mine socket true",
    "socket sh -c 'echo $PROTO $IPCLOCALPATH; stat -Lc %F /proc/self/fd/6 /proc/self/fd/7; grep flags /proc/self/fdinfo/6; cmp /proc/self/fdinfo/6 /proc/self/fdinfo/7; ls -l /proc/self/fd | grep -c socket'",
    "-p mine socket sh -c 'echo $IPCLOCALPATH; stat -c %F mine'", "-p mine -l name socket sh -c 'echo $IPCLOCALPATH'", "-l '' socket sh -c 'echo $IPCLOCALPATH'", `-l ${"x".repeat(200)} socket sh -c 'echo $IPCLOCALPATH'`,
    "socket sh -c 'cat <&6'", "socket sh -c 'exec 6<&-; cat <&7'", "/dev/null true", ". true",
  ])("%s", async (args) => {
    await serve("echo from the server");
    expect(both(`rm -f mine; exec $BIN/s6-ipcclient ${args} 3</dev/null 8</dev/null`).exitCode).not.toBeNull();
  });

  test("in the middle of a chain, with numbers that are taken", async () => {
    await serve("cat");
    expect(both("exec 6</dev/null 7</dev/null; exec env FOO=bar $BIN/s6-envuidgid -u root $BIN/s6-ipcclient socket sh -c 'echo $UID $PROTO $FOO; echo hello >&7; head -n1 <&6'").stdout).toBe("0 IPC bar\nhello\n");
  });

  test("a path that is too long", () => {
    expect(chainWith(OUR_BIN, { cwd }, `$BIN/s6-ipcclient ${"x".repeat(108)} true`)).toMatchObject({ exitCode: 111, stderr: `s6-ipcclient: fatal: unable to connect to ${"x".repeat(108)}: File name too long\n` });
  });
});

describe("s6-ioconnect", () => {
  test.each(["-z", "-r 2", "-w 0", "-r x", "-t x", "-t", "-0167 -r 3", "-w 40 6</dev/null", "", "-r 3 3</dev/null"])("%s", (args) => {
    expect(both(`exec $BIN/s6-ioconnect ${args} </dev/null 2> >(sed 's/usage.*/usage/' >&2)`).exitCode).not.toBe(0);
  });

  test.each([
    ["an answer to all that came", "tr a-z A-Z", "echo hello"],
    ["an answer that comes after the end", "cat >/dev/null; echo done", "echo hello"],
    ["an answer that comes before", "echo first; exec cat", "echo hello"],
    ["nothing to send", "echo only", "true"],
    ["nothing to hear", "cat >/dev/null", "echo hello"],
    ["a server that ends at once", "exit 3", "true"],
    ["all bytes", "cat", "perl -e 'print map { chr } 0..255'"],
  ])("%s", async (_, server, input) => {
    await serve(server);
    // Standard output is a socket of Node's, which s6-ioconnect would shut down.
    expect(both(`(${input} | ${CONNECT}; echo $?) | cat`).stdout).toMatch(/0\n$/);
  });

  test("much data both ways at once, from and to all kinds of descriptors", { timeout: 60_000 }, async () => {
    await serve("cat");
    const sent = randomBytes(5_000_000);
    writeFileSync(join(cwd, "sent"), sent);
    for (const script of [`${CONNECT} <sent >received`, `cat sent | ${CONNECT} | cat >received`, `${CONNECT} -t 20000 <sent | (sleep 0.2; cat) >received`]) {
      expect(chainWith(OUR_BIN, { cwd }, `set -o pipefail; ${script}`)).toMatchObject({ exitCode: 0, stderr: "" });
      expect(readFileSync(join(cwd, "received")).equals(sent)).toBe(true);
    }
  });

  test("remote ends that are pipes", () => {
    expect(both("rm -f a b; mkfifo a b; (printf answer >b) & (cat a >question) & printf question | $BIN/s6-ioconnect -r 8 -w 9 8<b 9>a | cat; wait; cat question").stdout).toBe("answerquestion");
  });

  test("the end of one side is told to the other, which may go on", async () => {
    await serve("cat >/dev/null; echo ended; sleep 0.1; echo still");
    const client = connect([]);
    let heard = "";
    client.stdout?.on("data", (bytes: Buffer) => void (heard += bytes.toString()));
    client.stdin?.end("bye");
    expect(await codeOf(client)).toBe(0);
    expect(heard).toBe("ended\nstill\n");
  });

  test("the server's end closes stdout, while stdin goes on", async () => {
    await serve("echo farewell; exec >/dev/null 1>&-; perl -e 'open(S, \"<&=0\"); shutdown(S, 1); @all = <S>; open(F, \">got\"); print F @all'");
    const client = connect([]);
    const ended = new Promise((resolve) => client.stdout?.once("end", resolve));
    client.stdout?.resume();
    await ended;
    client.stdin?.end("after the end");
    expect(await codeOf(client)).toBe(0);
    await eventually(() => existsSync(join(cwd, "got")) && readFileSync(join(cwd, "got"), "utf8")).toBe("after the end");
  });

  test("when nobody reads stdout any more that direction is over", async () => {
    await serve("yes");
    // With a warning if something was left by then.
    expect(chainWith(OUR_BIN, { cwd }, `set -o pipefail; ${CONNECT} </dev/null | head -c 10`)).toMatchObject({
      exitCode: 0, stderr: expect.stringMatching(/^(s6-ioconnect: warning: unable to write to fd 1: Broken pipe\n)?$/),
    });
  });

  test.each([["idle", "sleep 100"], ["after some data", "echo x; sleep 100"]])("-t ends what is %s, with 1", async (_, command) => {
    await serve(command);
    const client = connect(["-t", "200"]);
    client.stdout?.resume();
    expect(await codeOf(client)).toBe(1);
  });

  test("what is not taken yet is no idleness", async () => {
    await serve("cat");
    const sent = "x".repeat(3_000_000);
    writeFileSync(join(cwd, "sent"), sent);
    expect(chainWith(OUR_BIN, { cwd }, `set -o pipefail; ${CONNECT} -t 100 <sent | (sleep 1; wc -c)`)).toMatchObject({ exitCode: 0, stdout: "3000000\n" });
  });

  test("SIGTERM ends it", async () => {
    await serve("echo on; sleep 100");
    const client = connect([]);
    client.stdout?.once("data", () => client.kill("SIGTERM"));
    expect(await codeOf(client)).toBe(0);
  });

  test.each(["", "-t 100"])("%s: descriptors that others share block again at the end", async (options) => {
    await serve(options === "" ? "cat" : "sleep 100");
    const flags = "perl -MFcntl -e 'print join(\" \", map { open(my $f, \"+<&=$_\"); fcntl($f, F_GETFL, 0) & O_NONBLOCK ? \"nonblocking\" : \"blocking\" } @ARGV), \"\\n\"'";
    const script = `$BIN/s6-ipcclient socket sh -c "$BIN/s6-ioconnect ${options} <&8 >&9; $0 6 7 8 9" 8<>fifo 9<>fifo2`;
    const input = options === "" ? "exec 8<&- 8</dev/null" : "true";
    const outcome = chainWith(OUR_BIN, { cwd }, `mkfifo fifo fifo2; ${script.replace("$0 6", `${flags.replaceAll('"', String.raw`\"`).replaceAll("$", String.raw`\$`)} 6`)}; ${input}`.replace("8<>fifo", options === "" ? "8</dev/null" : "8<>fifo"));
    expect(outcome).toMatchObject({ stdout: "blocking blocking blocking blocking\n", stderr: "" });
  });
});
