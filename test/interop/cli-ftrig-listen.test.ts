import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { ours, OUR_BIN, run, startOurs, theirs } from "../support/executables.ts";
import { listening, makeFifodir, subscribers } from "../support/fifodirs.ts";
import { same, sameVia } from "../support/peers.ts";

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };
const notifier = (bin: string): string => join(bin, "s6-ftrig-notify");
/** Milliseconds: C's listeners start a helper first, and do not get so far in a short time. */
const PLENTY = "1000";
/** The listener's, then the notifier's. */
const PAIRS = [["ours", "C's", OUR_BIN, C_BIN], ["C's", "ours", C_BIN, OUR_BIN], ["ours", "ours", OUR_BIN, OUR_BIN]] as const;

describe("s6-ftrig-listen1", () => {
  it.each(PAIRS)("hears what its own program says (the listener is %s, the notifier %s)", (_, __, listener, speaker) => {
    const fifodir = makeFifodir();
    expect(run(listener, "s6-ftrig-listen1", fifodir, "b.d", notifier(speaker), fifodir, "abcdefg")).toEqual({
      ...success,
      stdout: listener === OUR_BIN ? "abcdefg\n" : "d\n",
    });
    expect(subscribers(fifodir)).toEqual([]);
  });

  it.each([
    ["^(a|b)c+$", ["bccc"]],
    ["^a$", ["a"]],
    ["[[:upper:]]{2}", ["aBcDE"]],
    ["[^ab]", ["abababc"]],
    ["(a)b\\1", ["ab", "a"]],
    ["dD$", ["u", "UdDuUdD"]],
    ["(dD){3}", ["dD", "dD", "dD"]],
    ["x?", ["y"]],
    ["\\.", ["a."]],
  ] as const)("reads %s as the C library does, in %j", (regexp, messages) => {
    const fifodir = makeFifodir();
    const script = messages.map((message) => `${notifier(C_BIN)} ${fifodir} '${message}'`).join("; ");
    expect(ours("s6-ftrig-listen1", "-t", "20000", fifodir, regexp, "/bin/sh", "-c", script)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^[^\n]+\n$/),
    });
  });

  it("does not take for a match what is none, nor a match in the middle for one at an end", () => {
    const fifodir = makeFifodir();
    for (const [regexp, message] of [["^b", "ab"], ["^a$", "ab"], ["[^a]", "aaa"], ["(a)b\\1", "abb"], ["a{3}", "aa"]] as const) {
      const heard = ours("s6-ftrig-listen1", "-t", "200", fifodir, regexp, notifier(C_BIN), fifodir, message);
      expect(heard).toMatchObject({ exitCode: 1, stdout: "" });
    }
  });

  it("passes the bytes on that it hears", () => {
    const fifodir = makeFifodir();
    const say = `${notifier(OUR_BIN)} ${fifodir} 'é€'`;
    expect(ours("s6-ftrig-listen1", fifodir, "\\xac$|€", "/bin/sh", "-c", say).stdout).toBe("é€\n");
  });

  it("says what C says when things go wrong", () => {
    const fifodir = makeFifodir();
    const directory = makeTempDirectory();
    const [plain, script] = [join(directory, "plain"), join(directory, "script")];
    writeFileSync(plain, "");
    writeFileSync(script, "echo no interpreter", { mode: 0o755 });
    for (const [exitCode, ...args] of [
      [1, "-t", PLENTY, fifodir, "a", "true"],
      [111, fifodir, "a", "no such program"],
      [111, fifodir, "a", ""],
      [111, fifodir, "a", plain],
      [111, fifodir, "a", script],
      [111, fifodir, "a", directory],
      [111, fifodir, "[", "true"],
      [111, "/nonexistent", "a", "true"],
      [111, plain, "a", "true"],
      [100, fifodir, "a"],
      [100],
    ] as const) {
      expect(same("s6-ftrig-listen1", ...args).exitCode).toBe(exitCode);
    }
    expect(ours("s6-ftrig-listen1", "-t", "x", fifodir, "a", "true").exitCode).toBe(100);
    expect(subscribers(fifodir)).toEqual([]);
  });

  it("is done at once when its program has spoken and died, whatever it answered", () => {
    const fifodir = makeFifodir();
    const script = `${notifier(C_BIN)} ${fifodir} a; exit 7`;
    expect(same("s6-ftrig-listen1", fifodir, "a", "/bin/sh", "-c", script)).toEqual({ ...success, stdout: "a\n" });
  });

  it("reaps its program while it waits", async () => {
    const fifodir = makeFifodir();
    const marker = join(makeTempDirectory(), "marker");
    const waiting = startOurs("s6-ftrig-listen1", fifodir, "a", "touch", marker);
    await expect.poll(() => existsSync(marker), { timeout: 10_000 }).toBe(true);
    const pid = String(waiting.process.pid);
    await expect.poll(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), { timeout: 10_000 }).toBe("");
    expect(theirs("s6-ftrig-notify", fifodir, "a")).toEqual(success);
    expect(await waiting.ended).toEqual({ ...success, stdout: "a\n" });
  });
});

describe("the program that a listener starts", () => {
  const IGNORED = "echo $((0x$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status) & 0x7fffffff))";
  const BLOCKED = "sed -n 's/^SigBlk://p' /proc/self/status";

  it.each([
    ["closed descriptors", 'exec "$@" <&-', "readlink /proc/$$/fd/0 || echo none", "none\n"],
    ["other descriptors and none of Node's", 'exec "$@" 7</dev/null', "ls /proc/$$/fd", /^2\n(\d+\n)*7$/m],
    ["ignored signals", "trap '' HUP USR1; exec \"$@\"", IGNORED, "513\n"],
    ["no others", 'exec "$@"', IGNORED, "0\n"],
    ["no blocked ones", 'exec "$@"', BLOCKED, /^\s*0+\n/],
    ["the limit of open files", 'ulimit -S -n 77; exec "$@"', "ulimit -S -n", "77\n"],
    ["the environment", 'unset OLDPWD _; NODE_OPTIONS=--x A="b\nc" exec "$@"', "env -u _ | sort", /^c\nNODE_OPTIONS=--x|NODE_OPTIONS=--x\n/m],
    ["the working directory", 'cd /; exec "$@"', "pwd", "/\n"],
    ["no session or group of its own", 'exec "$@"', "ps -o pgid= -p $$ | grep -cx \" *$$\"", "0\n"],
  ] as const)("finds what it finds under C: %s", (_, start, look, found) => {
    const fifodir = makeFifodir();
    const script = `${look}; exec ${notifier(C_BIN)} ${fifodir} a`;
    const outcome = sameVia(["sh", "-c", start, "sh"], "s6-ftrig-listen1", fifodir, "a", "/bin/sh", "-c", script);
    expect(outcome.stdout).toMatch(found);
  });

  it("is looked for as C does", () => {
    const fifodir = makeFifodir();
    const [first, second] = [makeTempDirectory(), makeTempDirectory()];
    writeFileSync(join(first, "prog"), "#!/bin/sh\n", { mode: 0o644 });
    writeFileSync(join(second, "prog"), `#!/bin/sh\nexec ${notifier(C_BIN)} ${fifodir} a\n`, { mode: 0o755 });
    const looked = (cwd: string, path: string) => {
      const cd = ["sh", "-c", `cd ${cwd}; PATH=${path}; exec "$@"`, "sh"] as const;
      return sameVia([...cd], "s6-ftrig-listen1", fifodir, "a", "prog").exitCode;
    };
    expect(looked("/", `${first}:/nonexistent:${second}`)).toBe(0);
    expect(looked(second, "/usr/bin:/bin:")).toBe(0);
    expect(looked(second, "/usr/bin:/bin")).toBe(111);
    expect(looked("/", `/usr/bin:/bin:${first}`)).toBe(111);
  });
});

describe("s6-ftrig-listen", () => {
  it.each(PAIRS)("waits for all or for any (the listener is %s, the notifier %s)", (_, __, listener, speaker) => {
    const [first, second] = [makeFifodir(), makeFifodir()];
    const listen = (options: readonly string[], script: string) =>
      run(listener, "s6-ftrig-listen", ...options, ` ${first}`, " a", ` ${second}`, " b", "", "/bin/sh", "-c", script);
    const say = (fifodir: string, message: string): string => `${notifier(speaker)} ${fifodir} ${message};`;
    expect(listen([], say(first, "a") + say(second, "b"))).toEqual(success);
    expect(listen(["-o", "-a"], say(second, "b") + say(first, "xa"))).toEqual(success);
    expect(listen(["-o"], say(second, "xb"))).toEqual(success);
    expect(listen(["-t", PLENTY], say(first, "aaa") + say(second, "a"))).toMatchObject({ exitCode: 1 });
    expect(listen(["-o", "-t", PLENTY], say(first, "b") + say(second, "a"))).toMatchObject({ exitCode: 1 });
    expect(subscribers(first).concat(subscribers(second))).toEqual([]);
  });

  it("has long options", () => {
    const [first, second] = [makeFifodir(), makeFifodir()];
    const block = [first, "^a", second, "b", ""] as const;
    expect(ours("s6-ftrig-listen", "--or", ...block, notifier(C_BIN), first, "ab")).toEqual(success);
    expect(ours("s6-ftrig-listen", "--or", "--and", "--timeout=1", ...block, "true")).toMatchObject({ exitCode: 1 });
  });

  it("listens twice to one fifodir", () => {
    const fifodir = makeFifodir();
    expect(same("s6-ftrig-listen", fifodir, "a", fifodir, "b", "", notifier(C_BIN), fifodir, "ab")).toEqual(success);
  });

  it("says what C says when things go wrong", () => {
    const fifodir = makeFifodir();
    for (const [exitCode, ...args] of [
      [1, "-t", PLENTY, fifodir, "a", "", "true"],
      [111, fifodir, "a", fifodir, "[", "", "true"],
      [111, fifodir, "a", "/nonexistent", "a", "", "true"],
      [111, fifodir, "a", "", "no such program"],
      [100, fifodir, "a", ""],
      [100, fifodir, "", "true"],
      [100, "", "true", "x"],
      [100, fifodir, "a", "b", "c", "d"],
      [100],
    ] as const) {
      expect(same("s6-ftrig-listen", ...args).exitCode).toBe(exitCode);
    }
    expect(subscribers(fifodir)).toEqual([]);
  });

  it("insists on quoted words as far as $EXECLINE_STRICT says", () => {
    const fifodir = makeFifodir();
    for (const [value, exitCode] of [["0", 0], ["1", 0], ["2", 100], ["words", 0], ["", 0]] as const) {
      const strict = ["env", `EXECLINE_STRICT=${value}`] as const;
      const speak = [notifier(C_BIN), fifodir, "a"] as const;
      expect(sameVia([...strict], "s6-ftrig-listen", ` ${fifodir}`, "a", "", ...speak).exitCode).toBe(exitCode);
      expect(sameVia([...strict], "s6-ftrig-listen", ` ${fifodir}`, " a", "", ...speak)).toEqual(success);
    }
  });

  it("is written as a block in execline", () => {
    const fifodir = makeFifodir();
    const script = `${OUR_BIN}/s6-ftrig-listen { ${fifodir} "a b" } ${notifier(OUR_BIN)} ${fifodir} "a b"`;
    expect(theirs("execlineb", "-c", script)).toEqual(success);
  });
});

describe("a signal", () => {
  it.each([
    ["s6-ftrig-wait", "SIGTERM", (fifodir: string) => [fifodir, "a"]],
    ["s6-ftrig-listen1", "SIGTERM", (fifodir: string) => [fifodir, "a", "true"]],
    ["s6-ftrig-listen1", "SIGHUP", (fifodir: string) => [fifodir, "a", "true"]],
    ["s6-ftrig-listen", "SIGINT", (fifodir: string) => [fifodir, "a", "", "true"]],
  ] as const)("leaves no FIFO of %s behind (%s)", async (program, signal, args) => {
    const fifodir = makeFifodir();
    const waiting = startOurs(program, ...args(fifodir));
    await listening(fifodir);
    waiting.process.kill(signal);
    expect(await waiting.ended).toEqual({ exitCode: null, signal, stdout: "", stderr: "" });
    expect(subscribers(fifodir)).toEqual([]);
  });
});
