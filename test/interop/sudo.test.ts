import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN } from "../support/c-tree.ts";
import { OUR_BIN, run } from "../support/executables.ts";
import { startSudo, sudo, sudoServer, type SudoServer, superServer } from "../support/sudo.ts";
import { eventually, read } from "./svscan-tree.ts";

/** Ours and C's in every pair; C's alone shows that the test is right. Behind our super-server, s6-sudod has no process. */
const PAIRS = [
  ["ours", "ours", OUR_BIN, OUR_BIN, C_BIN], ["ours", "C's", OUR_BIN, C_BIN, C_BIN], ["C's", "ours", C_BIN, OUR_BIN, C_BIN], ["C's", "C's", C_BIN, C_BIN, C_BIN],
  ["ours", "a session", OUR_BIN, OUR_BIN, OUR_BIN], ["C's", "a session", C_BIN, OUR_BIN, OUR_BIN],
] as const;
const SERVERS = [["ours", OUR_BIN], ["C's", C_BIN]] as const;
const SHELL = ["sh", "-c"];
/** A server that greets, takes a request that is as short as can be, and answers. */
const ANSWER = "printf 's6-sudo b v1.0\\n'; head -c 37 >/dev/null; printf ";

describe.for(PAIRS)("s6-sudoc: %s, s6-sudod: %s", ([, , client, server, serverBin]) => {
  const serverWith = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<SudoServer> => sudoServer(server, args, { serverBin, env: env ?? {} });

  test("the command has the client's stdin, stdout and stderr, and its arguments behind the server's", async () => {
    const here = await serverWith([...SHELL, 'cat; printf "<%s>" "$0" "$@"; echo err >&2']);
    expect(sudo(client, here, ["a", "", "b c", "-x"], { input: "in\0put\xff" })).toEqual({ exitCode: 0, signal: null, stdout: "in\0put\xff<a><><b c><-x>", stderr: "err\n" });
  });

  test.each([["exit 0", 0], ["exit 1", 1], ["exit 127", 127], ["exit 128", 128], ["exit 200", 128], ["kill -9 $$", 137], ["kill -15 $$", 143]])("%s makes %i", async (script, code) => {
    const here = await serverWith(SHELL);
    expect(sudo(client, here, [script])).toEqual({ exitCode: code, signal: null, stdout: "", stderr: "" });
  });

  test("any byte may be in an argument, and there may be many", async () => {
    const here = await serverWith(["printf", "%s;"]);
    const all = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join("");
    const inShell = all.replaceAll(/[^A-Za-z]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
    const script = `"$@" $'${inShell}' $(seq 30000)`;
    const { stdout, exitCode } = sudo(client, here, [], { script });
    expect(exitCode).toBe(0);
    const words = stdout.slice(all.length + 1).split(";");
    expect([stdout.slice(0, all.length + 1), words.length, words.at(-2)]).toEqual([`${all};`, 30_001, "30000"]);
  });

  test("only variables that are set and empty are the client's, unless it tells none", async () => {
    const here = await serverWith([...SHELL, "env | grep -a ^T_ | sort"], { T_EMPTY: "", T_SET: "server", T_LONE: "" });
    const env = { T_EMPTY: "cl\xffent=1", T_SET: "client", T_OTHER: "client", T_EMPTY2: "x" };
    expect(sudo(client, here, [], { env }).stdout).toBe(Buffer.from("T_EMPTY=cl\xffent=1\nT_LONE=\nT_SET=server\n").toString("latin1"));
    expect(sudo(client, here, [], { env, options: ["-e"] }).stdout).toBe("T_EMPTY=\nT_LONE=\nT_SET=server\n");
  });

  test("the client's PATH finds nothing", async () => {
    const here = await serverWith([], { PATH: "/usr/bin" });
    expect(sudo(client, here, ["sh", "-c", "echo $PATH"], { env: { PATH: "/nowhere" }, script: 'PATH=/nowhere "$@"' }).stdout).toBe("/usr/bin\n");
  });

  test.each([
    [[], "file file file"], [["-0"], "null file file"], [["-1"], "file null file"], [["-2"], "file file own"], [["-d"], "null null own"],
  ] as const)("%j: whose descriptors the command has", async (options, expected) => {
    const script = 'found=$(for fd in 0 1 2; do case $(readlink /proc/$$/fd/$fd) in /dev/null) echo null;; socket:*) echo own;; *) echo file;; esac; done; ls -l /proc/$$/fd | sed -n "s/.* \\([0-9]*\\) -> socket.*/socket \\1/p"); echo $found >"$0/found"; echo "$@" >&2; exit 3';
    const here = await serverWith([...options, ...SHELL, script]);
    const said = sudo(client, here, [here.directory, "said"], { script: 'echo x >in; "$@" <in >out 2>err' });
    expect(said.exitCode).toBe(3);
    const isOwn = expected.endsWith("own");
    // The connection is not among them.
    expect(read(join(here.directory, "found"))).toBe(isOwn ? `${expected} socket 2\n` : `${expected}\n`);
    expect(read(join(here.directory, "err"))).toBe(isOwn ? "" : "said\n");
    if (isOwn) await eventually(() => here.stderr()).toBe("said\n");
  });

  test("what is closed in the client is /dev/null", async () => {
    const here = await serverWith([...SHELL, 'found=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$found" >"$0"']);
    expect(sudo(client, here, ["found"], { script: '"$@" <&- >&- 2>&-' }).exitCode).toBe(0);
    expect(read(join(here.directory, "found"))).toBe("/dev/null\n".repeat(3));
  });

  test("stdout is the command's alone: its end is not that of s6-sudoc", async () => {
    const here = await serverWith([...SHELL, 'echo said; exec >&-; while test ! -e "$0"; do sleep 0.05; done; exit 5']);
    const { stdout } = sudo(client, here, ["go"], { script: '"$@" | { cat; touch go; }' });
    expect(stdout).toBe("said\n");
  });

  test("a client that is killed takes its command with it, even a stopped one", async () => {
    const script = 'trap "echo term >$0.end; exit" TERM; echo $$ >$0.new; mv $0.new $0; kill -STOP $$; while :; do sleep 0.05; done';
    const here = await serverWith([...SHELL, script]);
    const running = startSudo(client, here, ["told"]);
    await eventually(() => stateOf(read(join(here.directory, "told")).trim())).toBe("T");
    running.kill("SIGKILL");
    await eventually(() => read(join(here.directory, "told.end"))).toBe("term\n");
  });

  test("-d: the command goes on without its client", async () => {
    const here = await serverWith(["-d", ...SHELL, 'trap "echo term >$0.end" TERM; echo >$0; while test ! -e go; do sleep 0.05; done; echo done >$0.end']);
    const running = startSudo(client, here, ["told"]);
    await eventually(() => existsSync(join(here.directory, "told"))).toBe(true);
    running.kill("SIGKILL");
    await once(running, "close");
    expect(sudo(client, here, [], { script: "touch go" }).exitCode).toBe(0);
    await eventually(() => read(join(here.directory, "told.end"))).toBe("done\n");
  });

  test("-T: who has waited long enough goes, and the command with it", async () => {
    const here = await serverWith([...SHELL, 'trap "echo term >told; exit" TERM; while :; do sleep 0.05; done']);
    expect(sudo(client, here, [], { options: ["-T", "300"] })).toEqual({
      exitCode: 111, signal: null, stdout: "", stderr: "s6-sudoc: fatal: unable to get exit status from server: Connection timed out\n",
    });
    await eventually(() => read(join(here.directory, "told"))).toBe("term\n");
  });

  test("a server that dies is told as such", async () => {
    const here = await serverWith([...SHELL, "kill -9 $PPID; sleep 0.1"]);
    const { exitCode, stderr } = sudo(client, here, []);
    expect(exitCode).toBe(111);
    expect(stderr).toMatch(/^s6-sudoc: fatal: unable to get (exit status|confirmation) from server: /);
  });
});

describe.for(SERVERS)("%s s6-sudoc", ([, bin]) => {
  test.each([
    ["sleep 5", 111, "unable to connect to the s6-sudod server - check that you have appropriate permissions"],
    ["exit", 111, "unable to connect to the s6-sudod server - check that you have appropriate permissions"],
    ["printf 's6-sudo b v1.0\\n'; sleep 5", 111, "unable to get confirmation from server: Connection timed out"],
    ["printf 's6-sudo b'; sleep 5", 111, "unable to read banner from s6-sudod: Connection timed out"],
    ["printf 's6-sudo b'", 111, "unable to read banner from s6-sudod: Success"],
    ["echo something else altogether", 100, "wrong banner - check that you are connecting to a s6-sudod server"],
    [`${ANSWER}'\\002'`, 111, "unable to start privileged program: server answered: : No such file or directory"],
    [`${ANSWER}'\\000'`, 111, "unable to get exit status from server: Success"],
    [`${ANSWER}'\\000\\000\\000\\004'`, 111, "unable to get exit status from server: Success"],
    [`${ANSWER}'\\000\\000\\000\\004\\000'`, 4, undefined],
  ])("a server that does %s", async (script, exitCode, text) => {
    const { stderr, ...said } = sudo(bin, await superServer([...SHELL, script]), [], { options: ["-e", "-t", "1000"] });
    expect(said).toEqual({ exitCode, signal: null, stdout: "" });
    // 2.11.3.2 has a colon too many in one of them.
    expect(stderr.replace("fatal: : unable", "fatal: unable")).toBe(text === undefined ? "" : `s6-sudoc: fatal: ${text}\n`);
  });

  test("without its descriptors it says so", () => {
    expect(run(bin, "s6-sudoc")).toMatchObject({ exitCode: 111, stderr: "s6-sudoc: fatal: unable to make socket non-blocking: Bad file descriptor\n" });
    expect(run(bin, "s6-sudoc", "-t", "x")).toMatchObject({ exitCode: 100, stderr: expect.stringContaining("s6-sudoc: usage: ") as string });
  });
});

test.each(SERVERS)("%s s6-sudod wants options that it knows, and a socket", (_, bin) => {
  expect(run(bin, "s6-sudod", "-x")).toMatchObject({ exitCode: 100, stderr: expect.stringContaining("s6-sudod: usage: ") as string });
  expect(run(bin, "s6-sudod", "-t", "1x")).toMatchObject({ exitCode: 100 });
  expect(run(bin, "s6-sudod", "true")).toMatchObject({ exitCode: 111 });
});

test.each(SERVERS)("s6-sudo: %s, from the shell to the command and back", async (_, bin) => {
  const here = await sudoServer(OUR_BIN, [...SHELL, 'echo "$0 $VAR"; cat; exit 6'], { serverBin: OUR_BIN, env: { VAR: "" } });
  const { socket, directory } = here;
  const asked = spawnSync(join(bin, "s6-sudo"), ["-t", "10000", "-p", "bound", socket, "word"], { cwd: directory, env: { VAR: "value", PATH: `${bin}:/usr/bin:/bin` }, input: "in\n", encoding: "latin1" });
  expect(asked).toMatchObject({ status: 6, stdout: "word value\nin\n", stderr: "" });
  expect(spawnSync(join(bin, "s6-sudo"), ["nowhere"], { cwd: directory, encoding: "latin1" })).toMatchObject({ status: 111, stderr: expect.stringMatching(/^s6-ipcclient: fatal: unable to connect to nowhere: No such file or directory\n$/) as string });
});

test("a command that does not exist: no answer, and the server says why", async () => {
  const here = await sudoServer(OUR_BIN, ["nowhere-to-be-found"]);
  expect(sudo(OUR_BIN, here, ["x"])).toEqual({ exitCode: 111, signal: null, stdout: "", stderr: "s6-sudoc: fatal: unable to get confirmation from server: Success\n" });
  expect(sudo(C_BIN, here, ["x"])).toMatchObject({ exitCode: 111 });
  await eventually(() => here.stderr()).toBe("s6-sudod: fatal: unable to spawn nowhere-to-be-found: No such file or directory\n".repeat(2));
});

test("no command at all is refused", async () => {
  const here = await sudoServer(OUR_BIN, []);
  expect(sudo(OUR_BIN, here, [])).toMatchObject({ exitCode: 111 });
  await eventually(() => here.stderr()).toBe("s6-sudod: fatal: client and server args both empty\n");
});

test("programs of ours at the head of the command take no process: the command is a child of s6-sudod", async () => {
  const here = await sudoServer(OUR_BIN, [join(OUR_BIN, "s6-envdir"), "env", join(OUR_BIN, "execlineb"), "-Ps1", "-c", 'fdmove -c 2 1 sh -c "echo $0 $VAR; readlink /proc/$PPID/exe >&2" ${1}']);
  expect(sudo(OUR_BIN, here, ["word"], { script: 'mkdir env; echo value >env/VAR; "$@"' })).toMatchObject({ exitCode: 0, stdout: `word value\n${process.execPath}\n` });
});

test("programs of ours that the client names are executed: none of its words is looked into before", async () => {
  const here = await sudoServer(OUR_BIN, [join(OUR_BIN, "export"), "A", "b"]);
  const words = [join(OUR_BIN, "export"), "C", "d", "sh", "-c", "echo $A$C; exec readlink /proc/$$/exe"];
  expect(sudo(OUR_BIN, here, words)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^bd\n/) as string });
  const missing = sudo(OUR_BIN, here, [join(OUR_BIN, "export"), "C"]);
  expect(missing).toMatchObject({ exitCode: 100, stderr: expect.stringMatching(/^export: usage: /) as string });
});

test("the server's words are bytes, too, and so is what it says", async () => {
  const here = await sudoServer(OUR_BIN, []);
  expect(sudo(OUR_BIN, here, [], { script: `"$@" $'no\\xff'` }).exitCode).toBe(111);
  await eventually(() => here.stderr()).toBe("s6-sudod: fatal: unable to spawn no\xff: No such file or directory\n");
});

/** Of /proc/PID/stat; "" when there is none. */
const stateOf = (pid: string): string => (pid === "" ? "" : (/\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? ""));
