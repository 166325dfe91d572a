import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { c, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { AS_PID_1, eventually, IDLE, isAlive, isSupervised, leadsTo, pidOf, read, type Scan, scanIn } from "./svscan-tree.ts";

const LOGGER = "s6-svscan-log";
const TALKER = "#!/bin/sh\ntrap 'echo farewell; exit 0' TERM\necho hello\nwhile :; do sleep 0.02; done\n";
/** Says hello when somebody reads: the first words of a tree must not be lost for a test. */
const QUIET = { "talker/run": TALKER, "talker/down": "" };

interface Booted extends Scan {
  readonly logdir: string;
  /** Without stamps. */
  log(): string[];
}

interface Boot {
  readonly scandir?: string;
  readonly logdir?: string;
  readonly args?: readonly string[];
  readonly before?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function boot({ scandir = join(makeTempDirectory(), "made", "scandir"), logdir = join(makeTempDirectory(), "var", "log"), args = [], ...options }: Boot = {}): Promise<Booted> {
  const tree = await scanIn(scandir, { program: "s6-svscanboot", args: ["-D", logdir, ...args], ...options });
  onTestFinished(async () => {
    tree.process.kill("SIGTERM"); // SIGQUIT would mean the logger, which ignores it
    await tree.ended;
  });
  return { ...tree, logdir, log: () => logged(logdir) };
}

const logged = (logdir: string): string[] =>
  read(join(logdir, "current")).split("\n").slice(0, -1).map((line) => line.replace(/^@[0-9a-f]{24} /, ""));

/** s6-svwait wants a supervisor and its first status file. */
async function ready(servicedir: string): Promise<void> {
  await eventually(() => isSupervised(servicedir) && theirs("s6-svwait", "-U", "-t", "20000", servicedir).exitCode).toBe(0);
}

const sayNonsense = (tree: Booted): void => writeFileSync(tree.path(".s6-svscan", "control"), "?");

describe.each<[string, readonly string[]]>([["as any process", []], ["as process 1", AS_PID_1]])("boots a tree %s", (_name, before) => {
  test("which logs what nobody else logs, its own words, too", async () => {
    const tree = await boot({ before });
    writeTree(tree.scandir, QUIET);
    await ready(tree.path(LOGGER));
    tree.control("a");
    await eventually(() => isSupervised(tree.path("talker"))).toBe(true);
    c("s6-svc", "-u", tree.path("talker"));
    await eventually(tree.log).toEqual(["hello"]);
    sayNonsense(tree);
    await eventually(tree.log).toHaveLength(2);
    writeTree(tree.scandir, { ".s6-svscan/finish": "#!/bin/sh\necho finish is $$ >&2\n" });
    tree.control("t");
    const { exitCode, stdout, stderr } = await tree.ended;
    expect(tree.log()).toEqual(["hello", expect.stringContaining("unknown control"), "farewell"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toMatch(before.length === 0 ? /^finish is \d+\n$/ : /^finish is 1\n$/);
  });
});

/** The script as the documentation has it, with the paths that this machine has. */
function scriptOf(user: string | undefined, directives: string, logdir: string): RegExp {
  const drop = user === undefined ? "" : `\\S*/s6-setuidgid "${user}"\n`;
  return new RegExp(`^#!/\\S*execlineb -s1\n\\S*/fdmove -c 1 2\n\\S*/redirfd -rnb 0 fifo\n${drop}\\S*/exec -c\n${OUR_BIN}/s6-log -bpd3 -- ${directives} "${logdir}"\n$`);
}

describe("the catch-all logger", () => {
  test("has the files, the modes and the environment that it should", async () => {
    const tree = await boot();
    await ready(tree.path(LOGGER));
    const mode = (...names: string[]): string => (statSync(tree.path(LOGGER, ...names)).mode & 0o7777).toString(8);
    expect([mode(), mode("run"), mode("fifo"), mode("notification-fd")]).toEqual(["2755", "755", "600", "644"]);
    expect(lstatSync(tree.path(LOGGER, "fifo")).isFIFO()).toBe(true);
    expect(read(tree.path(LOGGER, "notification-fd"))).toBe("3\n");
    expect(read(tree.path(LOGGER, "run"))).toMatch(scriptOf(undefined, "t", tree.logdir));
    expect((statSync(tree.logdir).mode & 0o7777).toString(8)).toBe("2750");
    expect(tree.pid).toBeGreaterThan(0);
    expect(readlinkSync(`/proc/${tree.pid}/fd/0`)).toBe("/dev/null");
    expect([1, 2].map((fd) => leadsTo(tree.pid, fd))).toEqual(Array(2).fill(realpathSync(tree.path(LOGGER, "fifo"))));
    expect(readFileSync(`/proc/${tree.pid}/cmdline`, "latin1").split("\0")).toEqual(
      expect.arrayContaining(["-X", "4", "-d", "3", "--", tree.scandir]),
    );
  });

  test("is of another user, with other directives, mode and console", async () => {
    const [root, logs] = [makeTempDirectory(), makeTempDirectory()];
    for (const directory of [root, logs]) c("../bin/chmod", "755", directory);
    writeFileSync(join(root, "console"), "");
    const tree = await boot({
      scandir: join(root, "scandir"), logdir: join(logs, "log"),
      args: ["--catchall-user=nobody", "-m", "0700", "-o", "n3 - +ALARM 2 + t", `--console=${join(root, "console")}`, "-C", "1", "-L", "2000", "-t", "0"],
    });
    await ready(tree.path(LOGGER));
    const { uid, mode } = statSync(tree.logdir);
    expect({ uid, mode: (mode & 0o7777).toString(8) }).toEqual({ uid: 65534, mode: "700" });
    expect(read(tree.path(LOGGER, "run"))).toMatch(scriptOf("nobody", "n3 - \\+ALARM 2 \\+ t", tree.logdir));
    expect(statSync(`/proc/${pidOf(tree.path(LOGGER))}`).uid).toBe(65534);
    const words = readFileSync(`/proc/${tree.pid}/cmdline`, "latin1").split("\0");
    expect(words.slice(words.indexOf("-X"))).toEqual(["-X", "4", "-C", "4", "-L", "1019", "-t", "0", "-d", "3", "--", tree.scandir, ""]);
    sayNonsense(tree);
    await eventually(tree.log).toEqual([expect.stringContaining("unknown control")]);
    tree.control("t");
    await tree.ended;
    expect(read(join(root, "console"))).toBe("");
  });

  test("of a user is below XDG_RUNTIME_DIR", async () => {
    const runtime = makeTempDirectory();
    const tree = await boot({ logdir: "mine", args: ["-u"], environment: { XDG_RUNTIME_DIR: runtime } });
    await ready(tree.path(LOGGER));
    expect(existsSync(join(runtime, "mine", "current"))).toBe(true);
    const other = await boot({ logdir: join(runtime, "absolute"), args: ["--user"], environment: { XDG_RUNTIME_DIR: "" } });
    await ready(other.path(LOGGER));
    expect(existsSync(join(runtime, "absolute", "current"))).toBe(true);
  });

  test("replaces whatever has its name, and nothing that this leads to", async () => {
    const [scandir, outside] = [makeTempDirectory(), makeTempDirectory()];
    writeTree(outside, { precious: "still here" });
    writeTree(scandir, { [`${LOGGER}/run`]: "#!/bin/false\n", [`${LOGGER}/down`]: "", [`${LOGGER}/old/x`]: "" });
    symlinkSync(outside, join(scandir, LOGGER, "link"));
    const tree = await boot({ scandir });
    await ready(tree.path(LOGGER));
    expect(readdirSync(tree.path(LOGGER)).sort()).toEqual(["event", "fifo", "notification-fd", "run", "supervise"]);

    const linked = makeTempDirectory();
    symlinkSync(outside, join(linked, LOGGER));
    const other = await boot({ scandir: linked });
    await ready(other.path(LOGGER));
    expect(lstatSync(other.path(LOGGER)).isDirectory()).toBe(true);
    expect(readdirSync(outside)).toEqual(["precious"]);
  });

  test("that has outlived its tree is taken over", async () => {
    const first = await boot();
    await ready(first.path(LOGGER));
    writeTree(first.scandir, { "quiet/run": IDLE });
    first.control("a");
    await eventually(() => isSupervised(first.path("quiet"))).toBe(true);
    const logger = pidOf(first.path(LOGGER));
    first.process.kill("SIGKILL");
    await eventually(() => isAlive(first.pid)).toBe(false);
    expect(isAlive(logger)).toBe(true);
    const second = await boot({ scandir: first.scandir, logdir: first.logdir });
    await ready(second.path(LOGGER));
    expect(pidOf(second.path(LOGGER))).toBe(logger);
    sayNonsense(second);
    await eventually(second.log).toContainEqual(expect.stringContaining("unknown control"));
    second.control("t");
    expect(await second.ended).toMatchObject({ exitCode: 0, stderr: "" });
    await first.ended;
  });
});

describe("refuses", () => {
  test.each([
    [[]], [["-x", "scandir"]], [["--nonsense", "scandir"]], [["-m", "888", "scandir"]], [["-m", "", "scandir"]], [["-d", "2", "scandir"]], [["-d", "77", "scandir"]],
    [["-C", "x", "scandir"]], [["-L", "x", "scandir"]], [["-t", "x", "scandir"]], [["-w", "65", "scandir"]], [["-l", "no such user", "scandir"]],
  ])("%j, and makes nothing", (args) => {
    const cwd = makeTempDirectory();
    const words = args.map((word) => (word === "scandir" ? join(cwd, "scandir") : word));
    expect(ours("s6-svscanboot", ...words)).toMatchObject({ exitCode: 100, stdout: "" });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("what the system refuses", () => {
    const cwd = makeTempDirectory();
    writeTree(cwd, { file: "" });
    expect(ours("s6-svscanboot", "-D", join(cwd, "file", "log"), join(cwd, "scandir"))).toMatchObject({ exitCode: 111 });
    expect(ours("s6-svscanboot", "-D", join(cwd, "log"), join(cwd, "file"))).toMatchObject({ exitCode: 111 });
    expect(ours("s6-svscanboot", "-D", join(cwd, "log"), "-c", join(cwd, "nowhere", "console"), join(cwd, "scandir"))).toMatchObject({ exitCode: 111 });
  });

  test("a scan directory where a tree runs, and leaves it alone", async () => {
    const tree = await boot();
    await ready(tree.path(LOGGER));
    const { ino } = statSync(tree.path(LOGGER));
    expect(ours("s6-svscanboot", "-D", join(dirname(tree.logdir), "other"), tree.scandir)).toMatchObject({ exitCode: 100 });
    expect(statSync(tree.path(LOGGER)).ino).toBe(ino);
    expect(isSupervised(tree.path(LOGGER))).toBe(true);
  });
});

test("s6-usertree-maker's tree runs as nobody, and its words are logged by somebody else", async () => {
  const root = makeTempDirectory();
  c("../bin/chmod", "755", root);
  const [userdir, logdir, envdir] = ["services", "log", "env"].map((name) => join(root, name)) as [string, string, string];
  for (const directory of [userdir, logdir, envdir]) mkdirSync(directory);
  chownSync(userdir, 65534, 65534);
  chownSync(logdir, 5, 60); // games
  writeTree(envdir, { GREETING: "good morning", SUB: "services" });
  writeTree(userdir, { "talker/run": "#!/bin/sh\necho $USER $UID $GREETING $PATH $MISSING\nexec sleep 1000\n" });
  chownSync(join(userdir, "talker"), 65534, 65534);
  const scandir = makeTempDirectory();
  const made = ["-d", `${root}/\${SUB}`, "-p", `/usr/bin:/bin:/\${USER}`, "-E", envdir, "-e", "SUB", "-l", "games", "-P", "the tree:", "nobody", logdir, join(scandir, "tree")];
  expect(ours("s6-usertree-maker", ...made)).toMatchObject({ exitCode: 0, stderr: "" });
  const tree = await scanIn(scandir, { environment: { MISSING: "must not get through" } });
  await ready(tree.path("tree"));
  await eventually(() => logged(logdir)).toEqual(["the tree: nobody 65534 good morning /usr/bin:/bin:/nobody"]);
  expect(statSync(`/proc/${pidOf(tree.path("tree"))}`).uid).toBe(65534);
  expect(statSync(`/proc/${pidOf(tree.path("tree", "log"))}`).uid).toBe(5);
  tree.control("t");
  expect(await tree.ended).toMatchObject({ exitCode: 0 });
});
