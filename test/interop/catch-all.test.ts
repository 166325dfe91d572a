import { spawn } from "node:child_process";
import { closeSync, constants, cpSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { C_BIN, c, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { AS_PID_1, eventually, IDLE, isAlive, isSupervised, pidOf, read, type Scan, scanIn } from "./svscan-tree.ts";

/** The convention of s6-linux-init: the tree says what it says into a FIFO that a service of its own reads. */

const LOGGER = "s6-svscan-log";
const CONSOLE_FD = 4;
/** Debian keeps execline's programs out of PATH. */
const EXECLINE_PATH = `/usr/lib/execline/bin:${process.env["PATH"] ?? ""}`;

/** Its stdout would be its own FIFO, which then never ended. Lines with ALARM are alerts on its stderr, too. */
const SCRIPT = "s6-log -bpd3 -- t ./main - +ALARM 2";
const RUN = {
  execline: (bin: string): string => `#!/usr/bin/execlineb -P\nfdmove -c 1 2\nredirfd -rnb 0 fifo\n${bin}/${SCRIPT}\n`,
  sh: (bin: string): string => `#!/bin/sh\nexec ${bin}/${SCRIPT} <fifo >&2\n`,
} as const;

/** Says hello when it starts, so many lines at each HUP, and farewell at TERM; then finish has the last word. */
const TALKER = {
  run: `#!/bin/sh
trap 'read from to <wanted; while [ $from -le $to ]; do echo "line $from"; from=$((from + 1)); done; echo >told' HUP
trap 'echo farewell; exit 0' TERM
echo hello
while :; do sleep 0.02; done
`,
  finish: "#!/bin/sh\nsleep 0.3\necho finished >&2\n",
};

/** SIGSTOP stops a process, and not the host that works for it. */
const ALONE = { ".s6-svscan/flag-no-shared-host": "" };
/** The talker waits: whoever writes while nobody reads would die of it. */
const QUIET = { "talker/down": "" };

/** What was said to it before has been obeyed. */
async function settled(tree: Scan): Promise<void> {
  const name = `settled-${readdirSync(tree.scandir).length}`;
  writeTree(tree.scandir, { [`${name}/down`]: "", [`${name}/run`]: IDLE });
  tree.control("a");
  await eventually(() => isSupervised(tree.path(name))).toBe(true);
}

interface Catching extends Scan {
  /** What was logged so far, without stamps. */
  log(): string[];
  console(): string;
  /** The talker says these lines, and all of them are in the FIFO. */
  talk(from: number, to: number): Promise<void>;
}

interface Setting {
  readonly tree: string;
  readonly logger: string;
  readonly script: keyof typeof RUN;
}
const SETTINGS: readonly (readonly [string, Setting])[] = [
  ["our tree, our s6-log run by execline", { tree: OUR_BIN, logger: OUR_BIN, script: "execline" }],
  ["our tree, our s6-log run by sh", { tree: OUR_BIN, logger: OUR_BIN, script: "sh" }],
  ["our tree, C's s6-log", { tree: OUR_BIN, logger: C_BIN, script: "execline" }],
  ["C's tree, our s6-log", { tree: C_BIN, logger: OUR_BIN, script: "execline" }],
];
const OURS = { tree: OUR_BIN, logger: OUR_BIN, script: "execline" } as const satisfies Setting;

interface Opening {
  /** Opens the FIFO of the tree for writing only, as s6-linux-init does it; else it is opened for both. */
  readonly writeOnly?: boolean;
  readonly before?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

async function catching({ tree: bin, logger, script }: Setting, { writeOnly = false, before = [], files = {} }: Opening = {}): Promise<Catching> {
  const scandir = makeTempDirectory();
  writeTree(scandir, {
    [`${LOGGER}/run`]: RUN[script](logger),
    [`${LOGGER}/notification-fd`]: "3\n",
    [`${LOGGER}/finish`]: "#!/bin/sh\necho logger finished >&2\n",
    "talker/run": TALKER.run,
    "talker/finish": TALKER.finish,
    ...files,
  });
  const fifo = join(scandir, LOGGER, "fifo");
  c("../bin/mkfifo", fifo);
  const into = openSync(writeOnly ? "/dev/null" : fifo, "r+");
  const console = openSync(join(scandir, "console"), "a");
  const redirected = writeOnly ? ["redirfd", "-wnb", "1", fifo, "fdmove", "-c", "2", "1"] : [];
  const tree = await scanIn(scandir, {
    bin, args: ["-X", String(CONSOLE_FD)], before: [...before, ...redirected], stdio: [into, into, console], environment: { PATH: EXECLINE_PATH },
  });
  for (const fd of [into, console]) closeSync(fd);
  onTestFinished(async () => {
    tree.process.kill("SIGTERM"); // SIGQUIT would mean the logger, which ignores it: C's supervisor of it keeps the FIFO open
    await tree.ended;
  });
  return {
    ...tree,
    log: () => logged(join(scandir, LOGGER, "main")),
    console: () => read(join(scandir, "console")),
    async talk(from, to) {
      writeTree(scandir, { "talker/wanted": `${from} ${to}\n`, "talker/told": "" });
      c("s6-svc", "-h", join(scandir, "talker"));
      await eventually(() => read(join(scandir, "talker", "told"))).toBe("\n");
    },
  };
}

function logged(dir: string): string[] {
  try {
    const files = [...readdirSync(dir).filter((name) => name.startsWith("@")).sort(), "current"];
    const lines = files.flatMap((name) => readFileSync(join(dir, name), "latin1").split("\n").slice(0, -1));
    return lines.map((line) => line.replace(/^@[0-9a-f]{24} /, ""));
  } catch {
    return []; // not there yet, or just being rotated
  }
}

/** Exits with how many descriptors can be written to: 0 or 1. */
const LOOK = "open(my $fifo, '+>>', $ARGV[0]) or die; vec(my $set, fileno($fifo), 1) = 1; exit(select(undef, $set, undef, 0))";
const isFull = (fifo: string): boolean => theirs("perl", "-e", LOOK, fifo).exitCode === 0;

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
const sayNonsense = (tree: Scan): void => writeFileSync(tree.path(".s6-svscan", "control"), "?");
const ready = (tree: Scan) => eventually(() => theirs("s6-svstat", "-o", "ready", tree.path(LOGGER)).stdout).toBe("true\n");

describe.each(SETTINGS)("the catch-all logger: %s", (_name, setting) => {
  test("hears who has no other logger, and s6-svscan itself", async () => {
    const tree = await catching(setting, {
      files: { "b/run": "#!/bin/sh\necho to b/log\necho b complains >&2\nexec sleep 1000\n", "b/log/run": `#!/bin/sh\nexec ${setting.logger}/s6-log t ./main\n` },
    });
    tree.up("talker", "b", LOGGER);
    sayNonsense(tree);
    await eventually(() => logged(tree.path("b", "log", "main"))).toEqual(["to b/log"]);
    await eventually(() => tree.log().length).toBe(3);
    expect([...tree.log()].sort()).toEqual(["b complains", "hello", expect.stringMatching(/^s6-svscan: warning: .*unknown control/)]);
    expect(tree.console()).toBe("");
  });

  test("complains on the console, not to itself", async () => {
    const tree = await catching(setting, { files: { "b/run": "#!/bin/sh\necho ALARM\nexec sleep 1000\n" } });
    tree.up("b", LOGGER);
    await eventually(() => tree.console()).toBe("s6-log: alert: ALARM\n");
    await eventually(() => tree.log()).toContain("ALARM");
  });

  test("gets what was said while it was stopped, killed and away", async () => {
    const tree = await catching(setting, { files: ALONE });
    tree.up("talker", LOGGER);
    await tree.talk(1, 10);
    await eventually(() => tree.log()).toEqual(["hello", ...numbered(1, 10)]);
    for (const round of [1, 2, 3]) {
      const logger = pidOf(tree.path(LOGGER));
      process.kill(logger, "SIGSTOP");
      await tree.talk(1000 * round + 1, 1000 * round + 500);
      if (round === 3) c("s6-svc", "-O", tree.path(LOGGER)); // so it stays away
      process.kill(logger, "SIGKILL");
      await eventually(() => isAlive(logger)).toBe(false);
      await tree.talk(1000 * round + 501, 1000 * round + 1000);
      if (round === 3) {
        expect(tree.log()).not.toContain("line 3001");
        c("s6-svc", "-u", tree.path(LOGGER));
      }
      await eventually(() => tree.log().at(-1)).toBe(`line ${1000 * round + 1000}`);
    }
    expect(tree.log()).toEqual(["hello", ...numbered(1, 10), ...numbered(1001, 4000)]);
  });

  test("makes who says too much wait while it is stopped, and hears everything", async () => {
    const tree = await catching(setting, {
      files: { ...QUIET, ...ALONE, "b/run": "#!/bin/sh\nseq 30000 && echo b is done >done\nexec sleep 1000\n", "b/down": "" },
    });
    await ready(tree);
    const logger = pidOf(tree.path(LOGGER));
    process.kill(logger, "SIGSTOP");
    c("s6-svc", "-u", tree.path("b"));
    tree.up("b");
    await eventually(() => isFull(tree.path(LOGGER, "fifo"))).toBe(true);
    process.kill(logger, "SIGCONT");
    await eventually(() => tree.log().at(-1)).toBe("30000");
    expect(tree.log()).toEqual(Array.from({ length: 30_000 }, (_, index) => String(index + 1)));
    await eventually(() => read(tree.path("b", "done"))).toBe("b is done\n");
  });

  // In a C tree its supervisor keeps the FIFO open at -q, and this one waits for its end.
  test.each(setting.tree === C_BIN ? ["t"] : ["t", "q"])("is the last to be stopped by -%s, and has the last words of all others", async (letter) => {
    const tree = await catching(setting, { files: { ".s6-svscan/finish": "#!/bin/sh\necho the tree is over\n" } });
    tree.up("talker", LOGGER);
    await ready(tree);
    await eventually(() => tree.log()).toEqual(["hello"]);
    const logger = pidOf(tree.path(LOGGER));
    tree.control(letter);
    await eventually(() => tree.log()).toContain("farewell");
    expect(isAlive(logger)).toBe(true);
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(tree.log()).toEqual(["hello", "farewell", "finished"]);
    expect(tree.console()).toBe("logger finished\nthe tree is over\n");
    expect(readdirSync(tree.path(LOGGER, "main")).sort()).toEqual(["current", "lock", "state"]); // nothing was cut off
  });
});

describe("a FIFO that is opened for writing only, by redirfd -wnb", () => {
  test.each<[string, readonly string[]]>([["as any process", []], ["as process 1", AS_PID_1]])("catches all, too, %s", async (_name, before) => {
    const tree = await catching(OURS, { writeOnly: true, before, files: { ...QUIET, ".s6-svscan/finish": "#!/bin/sh\necho finish is $$\n" } });
    await ready(tree);
    c("s6-svc", "-u", tree.path("talker"));
    tree.up("talker");
    await eventually(() => tree.log()).toEqual(["hello"]);
    sayNonsense(tree);
    await eventually(() => tree.log()).toHaveLength(2);
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(tree.log()).toEqual(["hello", expect.stringContaining("unknown control"), "farewell", "finished"]);
    expect(tree.console()).toMatch(before.length === 0 ? /^logger finished\nfinish is \d+\n$/ : /^logger finished\nfinish is 1\n$/);
  });

  test("a warning to nobody does not make the tree wait for a full FIFO later", async () => {
    const tree = await catching(OURS, { writeOnly: true, files: { ...QUIET, [`${LOGGER}/down`]: "" } });
    sayNonsense(tree); // nobody reads
    await settled(tree);
    const reader = openSync(tree.path(LOGGER, "fifo"), constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    const writer = openSync(tree.path(LOGGER, "fifo"), constants.O_WRONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(writer));
    expect(() => { for (;;) writeSync(writer, "x".repeat(4096)); }).toThrow("EAGAIN");
    sayNonsense(tree);
    await settled(tree);
  });
});

describe("what the supervisor of the catch-all logger says", () => {
  test.each([["ours", OUR_BIN], ["C's", C_BIN]])("goes to the console: %s", async (_name, bin) => {
    const tree = await catching({ ...OURS, tree: bin }, { files: { ...QUIET, [`${LOGGER}/run`]: "not executable" } });
    await eventually(() => tree.console()).toMatch(/^s6-supervise s6-svscan-log: warning: unable to (spawn|exec) .\/?run/m);
  });
});

test("the tree of examples/catch-all does what its page says", async () => {
  const dir = join(makeTempDirectory(), "catch-all");
  cpSync(join(import.meta.dirname, "..", "..", "examples", "catch-all"), dir, { recursive: true });
  const services = join(dir, "services");
  const start = spawn(join(dir, "start"), [], { env: { ...process.env, PATH: `${OUR_BIN}:${process.env["PATH"] ?? ""}` }, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => start.once("close", resolve));
  onTestFinished(() => void start.kill("SIGTERM"));
  let console = "";
  start.stderr.setEncoding("utf8").on("data", (text: string) => void (console += text));
  const log = (): string[] => logged(join(services, LOGGER, "main"));
  await eventually(log).toEqual([expect.stringMatching(/^talker: hello/)]);
  writeFileSync(join(services, ".s6-svscan", "control"), "?");
  await eventually(log).toHaveLength(2);
  start.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(log().slice(1)).toEqual([expect.stringContaining("unknown control"), "talker: farewell"]);
  expect(console).toBe("");
});
