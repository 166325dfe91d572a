import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { shellWith } from "../support/twins.ts";
import { eventually, isAlive, pidOf, read, scan } from "./svscan-tree.ts";

const watch = (cwd: string, ...args: readonly string[]) => shellWith(OUR_BIN, cwd, '$BIN/s6-background-watch "$@" 9>/dev/null', ...args);
const directory = (files: Readonly<Record<string, string>> = {}): string => {
  const dir = makeTempDirectory();
  writeTree(dir, files);
  return dir;
};

/** Goes to the background, in two steps, and leaves an orphan of its own for the watcher to reap. */
const FORKING = `#!/bin/sh
sh -c '
  sh -c "trap \\"exit 7\\" TERM; trap \\"echo USR1 >>got\\" USR1; trap \\"\\" PIPE; true & echo up >>got; while :; do sleep 0.05; done" &
  echo $! >pid.new; mv pid.new pid' &
until test -e pid; do sleep 0.01; done
`;

describe("the program that starts the daemon", () => {
  test.each([
    ["exit 3", 3, ""], ["kill -9 $$", 137, ""], ["exit 0", 104, "unable to read pid: No such file or directory"],
    ["echo nonsense >pid", 104, "invalid pid in pid"], ["echo >pid", 104, "invalid pid in pid"], ["echo 0 >pid", 104, "invalid pid in pid"],
    ["echo 99999999 >pid", 111, "unable to watch process 99999999: No such process"],
    ["echo 1 >pid", 111, "unable to watch process 1: No child processes"],
    ["echo $PPID >pid", 111, /unable to watch process \d+: No child processes/],
    ["mkdir pid", 111, "unable to read pid: Is a directory"],
  ] as const)("%s: %i", (script, exitCode, problem) => {
    const { stderr, ...rest } = watch(directory(), "pid", "sh", "-c", script);
    expect(rest).toEqual({ exitCode, stdout: "" });
    if (typeof problem === "string") expect(stderr).toBe(problem === "" ? "" : `s6-background-watch: fatal: ${problem}\n`);
    else expect(stderr).toMatch(problem);
  });

  test("takes its pid file along when it fails, and nothing else does", () => {
    const dir = directory({ pid: "1\n" });
    expect(watch(dir, "pid", "true").exitCode).toBe(111);
    expect(existsSync(join(dir, "pid"))).toBe(true);
    expect(watch(dir, "pid", "false").exitCode).toBe(1);
    expect(existsSync(join(dir, "pid"))).toBe(false);
  });

  test("can't be executed: 127, or 126 without an interpreter", () => {
    const dir = directory({ text: "no program" });
    shellWith(OUR_BIN, dir, "chmod +x text");
    expect(watch(dir, "pid", "nonexistent")).toMatchObject({ exitCode: 127, stderr: "s6-background-watch: fatal: unable to spawn nonexistent: No such file or directory\n" });
    expect(watch(dir, "pid", "/etc/passwd").exitCode).toBe(127);
    expect(watch(dir, "pid", "./text").exitCode).toBe(126);
  });

  test("is killed when it takes too long, which is told once", () => {
    const warned = { exitCode: 137, stderr: "s6-background-watch: warning: the program took too long, killing it\n" };
    expect(watch(directory(), "-t", "100", "pid", "sleep", "1000")).toMatchObject(warned);
    expect(watch(directory(), "--timeout-ready=100", "pid", "sleep", "1000")).toMatchObject(warned);
  });

  test("gets signals, as long as it lives", async () => {
    const dir = directory({ prog: "#!/bin/sh\ntrap 'exit 5' HUP\ntrap 'echo CONT >>got' CONT\necho up >>got\nwhile :; do sleep 0.05; done\n" });
    const script = '$BIN/s6-background-watch pid ./prog & until test -s got; do sleep 0.02; done; kill -CONT $!; until grep -q CONT got; do sleep 0.02; done; kill -HUP $!; wait $!';
    expect(shellWith(OUR_BIN, dir, script)).toEqual({ exitCode: 5, stdout: "", stderr: "" });
  });
});

test("in the middle of a chain, and with chains behind it", () => {
  const dir = directory({ "env/A": "from the chain" });
  const script = `PATH=$BIN:/usr/bin:/bin; s6-envdir env s6-background-watch -d 9 pid s6-setlock lock sh -c 'echo $A; test -e /proc/$$/fd/9; echo $?; exit 3' 9>/dev/null
    s6-softlimit -o 77 s6-fghack s6-envdir env sh -c 'echo $A; ulimit -Sn; exit 4'; echo $?; s6-setlock lock s6-fghack s6-notifyoncheck`;
  expect(shellWith(OUR_BIN, dir, script)).toMatchObject({ exitCode: 100, stdout: "from the chain\n1\nfrom the chain\n77\n4\n" });
});

describe("the command line", () => {
  test.each([
    [[], 100, "usage: s6-background-watch"], [["pid"], 100, "usage: s6-background-watch"], [["-d", "2", "pid", "true"], 100, "fatal: notification-fd must be 3 or more"],
    [["-d", "99", "pid", "true"], 111, "fatal: notification-fd sanity check failed: Bad file descriptor"],
    [["-x", "pid", "true"], 100, "fatal: unrecognized short option: x"], [["--what=3", "pid", "true"], 100, "fatal: unrecognized option with argument: --what=3"],
    [["-t", "x", "pid", "true"], 100, "fatal: timeout-ready must be an unsigned integer"],
  ] as const)("%j: %i", (args, exitCode, said) => {
    const { stderr, ...rest } = watch(directory(), ...args);
    expect(rest).toEqual({ exitCode, stdout: "" });
    expect(stderr).toContain(`s6-background-watch: ${said}`);
  });
});

describe("the daemon", () => {
  test.each([["exit 9", 9], ["exit 0", 0], ["kill -KILL $$", 137]] as const)("%s: %i", (end, exitCode) => {
    const dir = directory({ prog: `#!/bin/sh\nsh -c 'read x <go; ${end}' &\necho $! >pid\n` });
    // It goes on only when its readiness has been told.
    const script = 'mkfifo go; { $BIN/s6-background-watch -d 9 pid ./prog 9>&1 >/dev/null; echo $? >code; } | { head -c1 | od -An -c; echo >go; cat; }; cat code';
    expect(shellWith(OUR_BIN, dir, script)).toEqual({ exitCode: 0, stdout: `  \\n\n${exitCode}\n`, stderr: "" });
  });

  test("is followed as a service: ready when it is in the background, signals reach it, its end is the service's", async () => {
    const tree = await scan({
      "a/run": `#!/bin/sh\nrm -f pid\nexec ${OUR_BIN}/s6-background-watch -d 3 pid ./prog\n`,
      "a/prog": FORKING,
      "a/notification-fd": "3\n",
      "a/finish": "#!/bin/sh\necho $1 $2 >>ends\n",
    });
    tree.up("a");
    expect(ours("s6-svwait", "-U", "-t", "20000", tree.path("a")).exitCode).toBe(0);
    const daemon = Number(read(tree.path("a", "pid")));
    await eventually(() => read(tree.path("a", "got"))).toBe("up\n");
    expect(theirs("s6-svc", "-1", tree.path("a")).exitCode).toBe(0);
    await eventually(() => read(tree.path("a", "got"))).toBe("up\nUSR1\n");
    const watcher = pidOf(tree.path("a"));
    await eventually(() => zombiesOf(watcher)).toBe("");
    expect(theirs("s6-svc", "-wD", "-T", "20000", "-d", tree.path("a")).exitCode).toBe(0);
    expect(isAlive(daemon)).toBe(false);
    expect(read(tree.path("a", "ends"))).toBe("7 0\n");

    expect(ours("s6-svc", "-wU", "-T", "20000", "-u", tree.path("a")).exitCode).toBe(0);
    process.kill(Number(read(tree.path("a", "pid"))), "SIGKILL");
    await eventually(() => read(tree.path("a", "ends"))).toBe("7 0\n137 0\n");
  });

  test("that is not the watcher's child yet becomes it, and what stood between them is reaped", () => {
    const dir = directory({
      prog: "#!/bin/sh\nsh -c 'echo $$ >between; sh -c \"read x <go; exit 6\" & echo $! >pid; read y <leave' &\nuntil test -s pid; do sleep 0.01; done\n",
    });
    const script = `mkfifo go leave
      { $BIN/s6-background-watch -d 9 pid ./prog 9>&1 >/dev/null; echo $? >code; } |
      { head -c1 >/dev/null; echo >leave; while kill -0 $(cat between); do sleep 0.01; done 2>/dev/null; echo >go; cat; }
      cat code`;
    expect(shellWith(OUR_BIN, dir, script)).toEqual({ exitCode: 0, stdout: "6\n", stderr: "" });
  });
});

const zombiesOf = (pid: number): string => shellWith(OUR_BIN, "/", `ps --ppid ${pid} -o stat= | grep Z`).stdout;
