import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { C_BIN, c, IDLE, makeTempDirectory, superviseWithC, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { type Said, shellWith, twins, WHAT_IT_HAS } from "../support/twins.ts";
import { eventually, isAlive, pidOf, read, scan } from "./svscan-tree.ts";

/** A service directory that is supervised, for programs that want to be run in one. */
async function supervised(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const dir = makeTempDirectory();
  await superviseWithC(dir, { run: IDLE, ...files });
  return dir;
}

const RUN = '$BIN/s6-notifyoncheck "$@"';
/** Descriptor 5 is a pipe; what comes through it is printed, and its end is waited for: all who hold it have ended. */
const PIPED = `{ ${RUN} 5>&1 >&6 | od -An -c; } 6>&1`;

describe("beside C's s6-notifyoncheck", () => {
  test.each([["true"], ["-3", "55", "true"], ["-d"], [], ["-3", "5"]])("%s %s %s: what keeps it from starting", async (...args) => {
    twins(await supervised(), RUN, ...args.filter((arg) => arg !== undefined));
  });

  test("a notification-fd that is no number, and a directory without a supervisor", async () => {
    twins(await supervised({ "notification-fd": "3 \n" }), RUN, "true");
    twins(makeTempDirectory(), `${RUN} 5>&1`, "-3", "5", "true");
  });

  test("-c: the check answers at once", async () => {
    expect(twins(await supervised(), PIPED, "-3", "5", "-c", "true", "echo", "on")).toMatchObject({ stdout: "on\n  \\n\n", exitCode: 0 });
  });

  test("a check that fails is tried so often; the options may be long in ours", async () => {
    const dir = await supervised({ "data/check": "#!/bin/sh\necho $# >>tried\nexit 1\n" });
    const hold = "exec 5>&-; sleep 0.1";
    expect(twins(dir, PIPED, "-3", "5", "-w", "1", "-n", "3", "sh", "-c", hold)).toMatchObject({ stdout: "", exitCode: 0 });
    expect(read(join(dir, "tried"))).toBe("0\n".repeat(6));
    const long = shellWith(OUR_BIN, dir, PIPED, "--notification-fd=5", "--waiting-time=0", "--tries=2", "--initial-sleep=0", "--doublefork", "true");
    expect(long).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(read(join(dir, "tried"))).toBe("0\n".repeat(8));
  });

  test("a check that is missing is told of, and tried so often", async () => {
    const { stderr } = twins(await supervised(), PIPED, "-3", "5", "-w", "1", "-n", "2", "true");
    expect(stderr).toBe("s6-notifyoncheck (child): warning: unable to spawn ./data/check: No such file or directory\n".repeat(2));
  });

  test("a program that can't be executed: 127, 126", async () => {
    const dir = await supervised();
    expect(twins(dir, `${RUN} 5>&1`, "-3", "5", "-c", "true", "/nonexistent").exitCode).toBe(127);
    expect(twins(dir, `${RUN} 5>&1`, "-3", "5", "-c", "true", "/etc/passwd").exitCode).toBe(126);
  });

  test("the program has what it would have without it, but the descriptor", async () => {
    const script = `exec 5>/dev/null 7</dev/null 40</dev/null <&-; trap '' USR1; ulimit -Sn 77; umask 027; ${RUN}`;
    const { stdout } = twins(await supervised(), script, "-d", "-3", "5", "-c", "true", "sh", "-c", WHAT_IT_HAS);
    expect(stdout).toMatch(/^fds.* 40 7$/m);
    const closed = twins(await supervised(), `exec 3>&1; ${RUN} 7>/dev/null >&7`, "-d", "-3", "1", "-c", "true", "sh", "-c", "test -e /proc/$$/fd/1; echo $? >&3");
    expect(closed).toEqual({ exitCode: 0, stdout: "1\n", stderr: "" });
  });

  test("the check has what it would have of C, the descriptor, too", async () => {
    const dir = await supervised({ "data/check": `#!/bin/sh\n{ ${WHAT_IT_HAS}; } >has 2>&1\n` });
    const has = (bin: string): string => {
      const said: Said = shellWith(bin, dir, `exec 7</dev/null; trap '' USR1; ulimit -Sn 77; umask 027; { ${RUN} 9>&1 >&8 | od -An -c; } 8>&1`, "-3", "9", "true");
      expect(said).toEqual({ exitCode: 0, stdout: "  \\n\n", stderr: "" });
      return readFileSync(join(dir, "has"), "utf8");
    };
    const [ofC, ofOurs] = [has(C_BIN), has(OUR_BIN)];
    const descriptors = (text: string): string[] => text.split("\n").find((line) => line.startsWith("fds "))?.split(" ") ?? [];
    expect(descriptors(ofOurs)).toEqual(expect.arrayContaining(["7", "9"]));
    expect(descriptors(ofC)).toEqual(expect.arrayContaining(descriptors(ofOurs))); // C's has those of its helper, too
    expect(ofOurs).toMatch(/^SigIgn:\t0+200$/m); // C's has two of the C library's own in it
    const rest = (text: string): string => text.slice(text.indexOf("\n77\n"));
    expect(rest(ofOurs)).toBe(rest(ofC));
  });
});

test("in the middle of a chain, program and check have what the chain has", async () => {
  const dir = await supervised({ "env/A": "from the chain", "data/check": "#!/bin/sh\necho $A >has\nls -l /proc/$$/fd | grep -c /lock$ >>has\n" });
  const script = "PATH=$BIN:/usr/bin:/bin; { s6-envdir env s6-setlock lock s6-notifyoncheck -3 5 s6-softlimit -o 77 sh -c 'echo $A; ulimit -Sn; test ! -e /proc/$$/fd/5 && echo closed' 5>&1 >&6 | od -An -c; } 6>&1";
  expect(shellWith(OUR_BIN, dir, script)).toEqual({ exitCode: 0, stdout: "from the chain\n77\nclosed\n  \\n\n", stderr: "" });
  expect(read(join(dir, "has"))).toBe("from the chain\n1\n");
});

/** Of a tree of ours: becomes ready when there is a file `answer`. */
const checked = (...options: readonly string[]): Readonly<Record<string, string>> => ({
  "a/run": `#!/bin/sh\nexec ${OUR_BIN}/s6-notifyoncheck ${options.join(" ")} -w 20 -n 0 sh -c 'echo $$ >pid; exec sleep 1000'\n`,
  "a/notification-fd": "3\n",
  "a/data/check": "#!/bin/sh\necho $PPID >checker\nexec test -e answer\n",
});
const parentOf = (pid: number): number => Number(/PPid:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]);

describe.each([[], ["-d"]])("in a run script of our tree, %s", (...options) => {
  test("the service becomes ready, under the pid that it was started with", async () => {
    const tree = await scan(checked(...options));
    tree.up("a");
    await eventually(() => read(tree.path("a", "checker"))).not.toBe("");
    const checker = Number(read(tree.path("a", "checker")));
    expect(pidOf(tree.path("a"))).toBe(Number(read(tree.path("a", "pid"))));
    const isChild = parentOf(checker) === pidOf(tree.path("a"));
    expect(isChild).toBe(options.length === 0);
    expect(theirs("s6-svstat", "-o", "ready", tree.path("a")).stdout).toBe("false\n");
    writeFileSync(tree.path("a", "answer"), "");
    expect(ours("s6-svwait", "-U", "-t", "20000", tree.path("a")).exitCode).toBe(0);
    await eventually(() => isAlive(checker)).toBe(false);
    expect(readdirOfEvents(tree.path("a"))).toEqual("");
  });

  test("a service that dies before takes the helper and its check along", async () => {
    const tree = await scan({ ...checked(...options), "a/data/check": "#!/bin/sh\necho $PPID >checker\necho $$ >checking\nexec sleep 1000\n" });
    await eventually(() => read(tree.path("a", "checking"))).not.toBe("");
    const [checker, checking] = ["checker", "checking"].map((name) => Number(read(tree.path("a", name))));
    c("s6-svc", "-wD", "-T", "20000", "-d", tree.path("a"));
    await eventually(() => [checker, checking].some((pid) => isAlive(pid ?? 0))).toBe(false);
    expect(existsSync(tree.path("a", "answer"))).toBe(false);
  });
});

const readdirOfEvents = (dir: string): string => shellWith(C_BIN, dir, "ls event").stdout;

test("limits: of one check, which is left alone, and of all, when the check gets SIGTERM", async () => {
  const dir = await supervised();
  // It holds nothing that anybody waits for.
  writeTree(dir, { "data/check": "#!/bin/sh\nexec >/dev/null 2>&1 5>&- 6>&-\ntrap 'echo TERM >>got; exit 1' TERM\necho $$ >>begun\nread x <go\n" });
  shellWith(C_BIN, dir, "mkfifo go");
  onTestFinished(() => {
    for (const pid of begun()) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  const begun = (): number[] => read(join(dir, "begun")).trim().split("\n").map(Number);
  expect(shellWith(OUR_BIN, dir, PIPED, "-3", "5", "-t", "500", "-w", "0", "-n", "2", "true")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(begun().map(isAlive)).toEqual([true, true]);
  expect(shellWith(OUR_BIN, dir, PIPED, "-3", "5", "-T", "500", "true")).toMatchObject({ exitCode: 0, stdout: "" });
  await eventually(() => read(join(dir, "got"))).toBe("TERM\n");
  expect(begun().map(isAlive).slice(0, 2)).toEqual([true, true]);
});
