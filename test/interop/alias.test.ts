import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { IDLE, IDLE_READY, makeTempDirectory, superviseWithC, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { eventually, isSupervised, scan } from "./svscan-tree.ts";

interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function say(argv: readonly string[], environment: Readonly<Record<string, string>> = {}, cwd?: string): Said {
  const [file = "", ...args] = argv;
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", env: { ...process.env, ...environment }, cwd, timeout: 30_000 });
  return { exitCode: status, stdout, stderr };
}

const ALIASES: Readonly<Record<string, string>> = {
  envdir: "s6-envdir", envuidgid: "s6-envuidgid", fghack: "s6-fghack", multilog: "s6-log", pgrphack: "s6-setsid", setlock: "s6-setlock",
  setuidgid: "s6-setuidgid", softlimit: "s6-softlimit", supervise: "s6-supervise", svc: "s6-svc", svok: "s6-svok", svscan: "s6-svscan",
  svstat: "s6-svstat", tai64n: "s6-tai64n", tai64nlocal: "s6-tai64nlocal", runsv: "s6-supervise", chpst: "s6-alias-chpst", sv: "s6-alias-sv",
};
const REFUSED = ["readproctitle", "runit", "runit-init", "runsvchdir", "svlogd", "utmpset"];

describe("s6-alias", () => {
  test.each(Object.entries(ALIASES))("%s is %s", (name, program) => {
    // The program speaks for itself.
    expect(say([join(OUR_BIN, "s6-alias"), name, "--help"]).stdout).toMatch(new RegExp(`^usage: ${program}[ \n]`));
  });

  test.each(REFUSED)("%s is refused", (name) => {
    expect(ours("s6-alias", name)).toMatchObject({ exitCode: 100, stdout: "", stderr: expect.stringMatching(`^s6-alias: fatal: ${name} has no equivalent`) });
  });

  test("-v says what it becomes", () => {
    expect(say([join(OUR_BIN, "s6-alias"), "-v", "svok", "/nonexistent"])).toEqual({
      exitCode: 1, stdout: "", stderr: `s6-alias: info: executing command line: ${OUR_BIN}/s6-svok /nonexistent\n`,
    });
    expect(ours("s6-alias", "-v", "runsvdir", "-P", "/nonexistent")).toMatchObject({
      exitCode: 111,
      stderr: expect.stringMatching(
        `^s6-alias: warning: runsvdir -P .*\ns6-alias: info: executing command line: ${OUR_BIN}/s6-svscan -t0 -- /nonexistent\ns6-svscan: fatal: unable to chdir to /nonexistent: `,
      ),
    });
  });

  test.each([[[]], [["nonsense"]], [["constructor"]], [["-x", "svc"]], [["runsvdir"]], [["runsvdir", "-x", "y"]]])("%j is wrong usage", (args) => {
    expect(ours("s6-alias", ...args)).toMatchObject({ exitCode: 100, stdout: "" });
  });

  test("a program that is missing is the error of the exec", () => {
    expect(say([join(OUR_BIN, "s6-alias-chpst"), "-n", "1", "true"], { PATH: makeTempDirectory() })).toEqual({
      exitCode: 127, stdout: "", stderr: "s6-alias-chpst: fatal: unable to exec nice: No such file or directory\n",
    });
  });

  test("a link with the name is the program", () => {
    const directory = makeTempDirectory();
    for (const name of ["svok", "svstat", "tai64n", "readproctitle", "other"]) symlinkSync(join(OUR_BIN, "s6-alias"), join(directory, name));
    expect(say([join(directory, "svok"), "/nonexistent"])).toMatchObject({ exitCode: 1, stderr: "" });
    expect(say(["svok", "-v"], { PATH: directory })).toMatchObject({ exitCode: 1 });
    expect(say([join(directory, "svstat")])).toMatchObject({ exitCode: 100, stderr: expect.stringMatching("^s6-svstat: usage: ") });
    expect(say([join(directory, "readproctitle"), "x"])).toMatchObject({ exitCode: 100 });
    expect(say([join(directory, "other"), "svok", "/nonexistent"])).toMatchObject({ exitCode: 1 });
  });
});

describe("s6-alias-sv", () => {
  const sv = (servicedir: string, ...args: readonly string[]): Said => say([join(OUR_BIN, "s6-alias-sv"), ...args], { SVDIR: join(servicedir, ".."), SVWAIT: "20" });
  const state = (servicedir: string, field = "up"): string => theirs("s6-svstat", "-o", field, servicedir).stdout.trim();
  /** Tells the signals that it gets. */
  const LISTENER = `#!/bin/sh
for s in HUP ALRM INT QUIT USR1 USR2 CONT; do trap "echo $s >>signals" $s; done
trap 'echo TERM >>signals; exit 0' TERM
>trapping
while :; do sleep 0.02; done
`;

  test("starts, stops and tells, each in its time", async () => {
    const { servicedir } = await superviseWithC(join(makeTempDirectory(), "service"), { run: IDLE, "log/run": IDLE });
    expect(sv(servicedir, "-v", "down", "service")).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(`^${join(servicedir, "..")}/service: down \\(signal SIGTERM\\) \\d+ seconds`) });
    expect(state(servicedir)).toBe("false");
    expect(sv(servicedir, "-v", "u", `${servicedir}/`)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/\/service\/: up \(pid \d+/) });
    expect(state(servicedir)).toBe("true");
  });

  test("start, stop, restart, once, check and status are true when it is so", async () => {
    const { servicedir } = await superviseWithC(join(makeTempDirectory(), "service"), { run: IDLE_READY, "notification-fd": "3\n" });
    const line = /^\/\S+\/service: (up|down) .*\n$/;
    const pids = new Set<string>();
    for (const [word, up] of [
      ["start", "true"], ["restart", "true"], ["check", "true"], ["stop", "false"], ["check", "false"], ["try-restart", "false"], ["restart", "true"], ["try-restart", "true"],
      ["force-reload", "true"], ["force-restart", "true"], ["force-stop", "false"], ["start", "true"],
    ] as const) {
      const said = sv(servicedir, word, "service");
      expect({ word, ...said, up: state(servicedir) }).toMatchObject({ word, exitCode: 0, stdout: expect.stringMatching(line), up });
      expect(said.stderr).toMatch(word.startsWith("force") ? new RegExp(`^s6-alias-sv: warning: ${word} does not kill.*timeout-kill.*\n$`) : /^$/);
      if (word.endsWith("restart") && up === "true") pids.add(state(servicedir, "pid"));
    }
    expect(pids.size).toBe(4);
    expect(sv(servicedir, "-w", "20", "term", "service")).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: up /) });
    expect(sv(servicedir, "-v", "k", "service")).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: up /) });
    expect(sv(servicedir, "-v", "once", "service")).toMatchObject({ exitCode: 0 });
    expect(sv(servicedir, "status", "service")).toEqual({ exitCode: 0, stdout: expect.stringMatching(/: up .*want down/), stderr: "" });
    expect(sv(servicedir, "-v", "term", "service")).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: down /) });
    expect(sv(servicedir, "-v", "exit", "service")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    await eventually(() => isSupervised(servicedir)).toBe(false);
  });

  test("the signals, by name and by letter", async () => {
    const { servicedir } = await superviseWithC(join(makeTempDirectory(), "service"), { run: LISTENER });
    await eventually(() => existsSync(join(servicedir, "trapping"))).toBe(true);
    const got: string[] = [];
    for (const [word, signal] of [["hup", "HUP"], ["a", "ALRM"], ["inter", "INT"], ["quit", "QUIT"], ["1", "USR1"], ["2", "USR2"], ["cont", "CONT"], ["h", "HUP"], ["reload", "HUP"]] as const) {
      got.push(signal);
      expect({ word, ...sv(servicedir, word, "service") }).toMatchObject({ word, exitCode: 0, stderr: "" });
      await eventually(() => existsSync(join(servicedir, "signals")) && readFileSync(join(servicedir, "signals"), "utf8")).toBe(got.map((each) => `${each}\n`).join(""));
    }
    expect(sv(servicedir, "pause", "service")).toMatchObject({ exitCode: 0, stdout: "" });
    await eventually(() => state(servicedir, "paused")).toBe("true");
    expect(sv(servicedir, "-v", "c", "service")).toMatchObject({ exitCode: 0 });
    await eventually(() => state(servicedir, "paused")).toBe("false");
    expect(sv(servicedir, "D", "service")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("timeout-kill") });
    await eventually(() => state(servicedir)).toBe("false");
    expect(sv(servicedir, "x", "service")).toMatchObject({ exitCode: 0, stdout: "" });
    await eventually(() => isSupervised(servicedir)).toBe(false);
  });

  test("counts those that failed, under our tree", async () => {
    const tree = await scan({ "stubborn/run": "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n", "good/run": IDLE, "good/log/run": IDLE });
    tree.up("stubborn", "good", "good/log");
    const { scandir } = tree;
    const inTree = (...args: readonly string[]): Said => say([join(OUR_BIN, "s6-alias-sv"), ...args], { SVDIR: scandir, SVWAIT: "1" });
    expect(inTree("status", "good", "nonexistent", "other")).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(/^\S+\/good: up .*\n\S+\/good\/log: up .*\n$/) });
    expect(inTree("up", "good", "nonexistent")).toMatchObject({ exitCode: 1, stdout: "" });
    expect(inTree("-w", "1", "down", "stubborn")).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/stubborn: up .*want down/) });
    expect(inTree("-v", "kill", "stubborn")).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/stubborn: down \(signal SIGKILL\)/) });
    expect(say([join(OUR_BIN, "s6-alias-sv"), "status", "./good"], {}, scandir)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\.\/good: up/) });
    expect(say([join(OUR_BIN, "s6-alias-sv"), "status", "good"], { SVDIR: "/nonexistent" }, scandir)).toMatchObject({ exitCode: 0 });
  });

  test.each([[[]], [["up"]], [["nonsense", "x"]], [["", "x"]], [["re", "x"]], [["-w", "x", "up", "y"]], [["-x", "up", "y"]]])("%j is wrong usage", (args) => {
    expect(ours("s6-alias-sv", ...args)).toMatchObject({ exitCode: 100, stdout: "" });
  });
});

describe("s6-alias-chpst", () => {
  const chpst = (...args: readonly string[]): Said => say([join(OUR_BIN, "s6-alias-chpst"), ...args]);
  const IDENTITY = ["sh", "-c", "id -u; id -g; id -G; echo $UID:$GID"];

  test("becomes the program when there is nothing to change", () => {
    expect(chpst("echo", "-x", "y")).toEqual({ exitCode: 0, stdout: "-x y\n", stderr: "" });
    expect(chpst("nonexistent")).toMatchObject({ exitCode: 127, stderr: "s6-alias-chpst: fatal: unable to exec nonexistent: No such file or directory\n" });
  });

  test.each([
    ["nobody", "65534\n65534\n65534"],
    ["nobody:tty", "65534\n5\n5"],
    ["games:tty:disk", "5\n5\n5 6"],
    [":1234:2345", "1234\n2345\n2345"],
    [":1234:2345:6", "1234\n2345\n2345 6"],
  ])("-u %s", (user, identity) => {
    const { exitCode, stdout, stderr } = chpst("-u", user, "--", ...IDENTITY);
    expect({ exitCode, stderr, identity: stdout.split("\n").slice(0, 3).join("\n") }).toEqual({ exitCode: 0, stderr: "", identity });
  });

  test("environment, directory of it, names, limits, niceness, lock, session, descriptors", () => {
    const cwd = makeTempDirectory();
    writeTree(cwd, { "env/GREETING": "hello\n", "env/PATH": "/usr/bin:/bin\n" });
    expect(chpst("-U", "nobody", "sh", "-c", "echo $UID:$GID; id -u").stdout).toBe("65534:65534\n0\n");
    expect(chpst("-U", "nobody:tty", "-u", "games", "sh", "-c", "echo $UID:$GID; id -u").stdout).toBe("65534:5\n5\n");
    expect(chpst("-U", ":7:8", "sh", "-c", "echo $UID:$GID").stdout).toBe("7:8\n");
    expect(chpst("-e", join(cwd, "env"), "-b", "-name", "sh", "-c", "echo $GREETING $0; tr '\\0' ' ' </proc/$$/cmdline").stdout).toMatch(/^hello -name\n-name -c /);
    expect(chpst("-o", "100", "-c", "0", "-n", "3", "sh", "-c", "ulimit -n; ulimit -c; nice").stdout).toBe("100\n0\n3\n");
    expect(chpst("-P", "sh", "-c", "ps -o sid= -p $$ | tr -d ' '; echo $$").stdout).toMatch(/^(\d+)\n\1\n$/);
    expect(chpst("-0", "-2", "sh", "-c", "test -e /proc/$$/fd/0 || echo closed; test -e /proc/$$/fd/2 || echo closed").stdout).toBe("closed\nclosed\n");
    const lock = join(cwd, "lock");
    expect(chpst("-l", lock, "sh", "-c", `${OUR_BIN}/s6-alias-chpst -L ${lock} echo second; exit $?`)).toMatchObject({ exitCode: 1, stdout: "" });
    expect(chpst("-L", lock, "echo", "first")).toMatchObject({ exitCode: 0, stdout: "first\n" });
  });

  test("a new root, as another user, with a lock in it", () => {
    const root = makeTempDirectory();
    mkdirSync(join(root, "var"));
    const busybox = "for p in /bin/sh /usr/bin/id; do ldd $p | grep -o '/[^ ]*' | cat - <(echo $p) | sort -u; done";
    const files = say(["bash", "-c", busybox]).stdout.split("\n").filter((path) => path !== "");
    expect(say(["cp", "-L", "--parents", ...files, root]).exitCode).toBe(0);
    writeFileSync(join(root, "note"), "inside\n");
    say(["chmod", "755", root]);
    const { exitCode, stdout, stderr } = chpst("-/", root, "-u", "games:tty:disk", "-l", "/var/lock", "sh", "-c", "read x </note; echo $x; id -u; id -G");
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "inside\n5\n5 6\n", stderr: "" });
    expect(say(["ls", join(root, "var")]).stdout).toBe("lock\n");
  });

  test("-v shows the chain, which is in the order of runit", () => {
    const { stderr } = chpst("-v", "-P", "-2", "-u", "nobody", "-U", "games", "-b", "x", "-e", "/nonexistent", "-n", "1", "-L", "/lock", "-m", "1000000000", "-p", "9", "prog", "arg");
    const [line = ""] = stderr.split("\n");
    const at = (name: string): string => say(["sh", "-c", `command -v ${name}`], { PATH: `${OUR_BIN}:${process.env["PATH"] ?? ""}:/usr/lib/execline/bin` }).stdout.trim();
    expect(line).toBe(
      `s6-alias-chpst: info: executing command line: ${[
        at("s6-setsid"), "--", at("s6-envdir"), "-- /nonexistent", at("nice"), "-n 1 --", at("s6-envuidgid"), "-- games", at("s6-applyuidgid"), "-u 65534 -g 65534 -G 65534 --",
        at("s6-setlock"), "-n -- /lock", at("s6-softlimit"), "-m 1000000000 -p 9 --", at("fdclose"), "2", join(OUR_BIN, "exec"), "-a x --", "prog arg",
      ].join(" ")}`,
    );
  });

  test.each([[[]], [["-u", "nobody"]], [["-x", "y"]], [["-n", "x", "y"]], [["-o", "-1", "y"]], [["-u", "no such user", "y"]], [["-u", "nobody:no such group", "y"]], [["-u", ":x", "y"]]])(
    "%j is wrong usage",
    (args) => {
      expect(chpst(...args)).toMatchObject({ exitCode: 100, stdout: "" });
    },
  );
});
