import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { c, makeTempDirectory } from "../support/c-tree.ts";
import { ours, startOurs, startTheirs, theirs } from "../support/executables.ts";
import { BINS, runVia } from "../support/peers.ts";
import { listening, makeFifodir, subscribers } from "../support/fifodirs.ts";

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe("s6-mkfifodir", () => {
  it("makes the directories that C makes", () => {
    const parent = makeTempDirectory();
    for (const [name, options, mode] of [["public", [], "1733"], ["restricted", ["-g", "4242"], "3730"]] as const) {
      const [mine, original] = [join(parent, `${name}-ours`), join(parent, `${name}-c`)];
      expect(ours("s6-mkfifodir", ...options, mine)).toEqual(success);
      expect(theirs("s6-mkfifodir", ...options, original)).toEqual(success);
      expect(modeOf(mine)).toBe(mode);
      expect(modeOf(original)).toBe(mode);
      expect(statSync(mine).gid).toBe(statSync(original).gid);
    }
  });

  it("leaves an existing directory alone, unless it is forced", () => {
    const fifodir = join(makeTempDirectory(), "fifodir");
    mkdirSync(fifodir, { mode: 0o750 });
    expect(ours("s6-mkfifodir", fifodir)).toEqual(success);
    expect(modeOf(fifodir)).toBe("750");
    expect(ours("s6-mkfifodir", "-f", fifodir)).toEqual(success);
    expect(modeOf(fifodir)).toBe("1733");
  });

  it("asks no umask", () => {
    const parent = makeTempDirectory();
    for (const [name, bin] of BINS) {
      const fifodir = join(parent, name);
      expect(runVia(["sh", "-c", 'umask 777; exec "$@"', "sh"], bin, "s6-mkfifodir", fifodir)).toEqual(success);
      expect(modeOf(fifodir)).toBe("1733");
    }
  });

  it("refuses what C refuses", () => {
    const file = join(makeTempDirectory(), "file");
    writeFileSync(file, "");
    for (const args of [[file], [join(file, "below")], ["-g", "users", "dir"], ["-g"], []]) {
      expect(ours("s6-mkfifodir", ...args).exitCode).toBe(theirs("s6-mkfifodir", ...args).exitCode);
    }
    expect(ours("s6-mkfifodir", file)).toMatchObject({
      exitCode: 111,
      stderr: `s6-mkfifodir: fatal: unable to create fifodir at ${file}: Not a directory\n`,
    });
  });
});

describe("s6-ftrig-wait and s6-ftrig-notify", () => {
  it.each([
    ["ours", startOurs, ours, "abcdefg\n"],
    ["C's", startTheirs, ours, "d\n"],
    ["ours", startOurs, theirs, "abcdefg\n"],
  ] as const)(
    "speak with each other and with C (the listener is %s)",
    async (_, start, notifier, output) => {
      const fifodir = makeFifodir();
      const waiting = start("s6-ftrig-wait", fifodir, "b.d");
      await listening(fifodir);
      expect(notifier("s6-ftrig-notify", fifodir, "ab")).toEqual(success);
      expect(notifier("s6-ftrig-notify", fifodir, "cdefg")).toEqual(success);
      expect(await waiting.ended).toEqual({ ...success, stdout: output });
      await listening(fifodir, 0);
    },
  );

  it("prints all that has been received", async () => {
    const fifodir = makeFifodir();
    const waiting = startOurs("s6-ftrig-wait", "--timeout=20000", fifodir, "b.d");
    await listening(fifodir);
    ours("s6-ftrig-notify", fifodir, "abcdefg");
    expect(await waiting.ended).toEqual({ ...success, stdout: "abcdefg\n" });
  });

  it("prints at most the rest of a chunk of 32 events after the match", async () => {
    const fifodir = makeFifodir();
    const waiting = startOurs("s6-ftrig-wait", fifodir, "a");
    await listening(fifodir);
    ours("s6-ftrig-notify", fifodir, `${"a".repeat(30)}${"b".repeat(30)}`);
    expect(await waiting.ended).toEqual({ ...success, stdout: `${"a".repeat(30)}bb\n` });
  });

  it("anchors a match at the first event", async () => {
    const fifodir = makeFifodir();
    const waiting = startOurs("s6-ftrig-wait", fifodir, "^(a|b)c+$");
    await listening(fifodir);
    ours("s6-ftrig-notify", fifodir, "bccc");
    expect(await waiting.ended).toEqual({ ...success, stdout: "bccc\n" });
  });

  it("gives up after the time given with 99, and leaves no FIFO", () => {
    const fifodir = makeFifodir();
    expect(ours("s6-ftrig-wait", "-t1", fifodir, "a")).toMatchObject({ exitCode: 99, stdout: "" });
    expect(subscribers(fifodir)).toEqual([]);
  });

  it("makes FIFOs that other users can write to", async () => {
    const fifodir = makeFifodir();
    startOurs("s6-ftrig-wait", fifodir, "a");
    await listening(fifodir);
    const [fifo] = subscribers(fifodir);
    expect(fifo).toMatch(/^ftrig1:@[0-9a-f]{24}:[A-Za-z0-9_-]{6}$/);
    expect(modeOf(join(fifodir, String(fifo)))).toBe("622");
  });

  it("have the exit codes of C for what goes wrong", () => {
    const fifodir = makeFifodir();
    for (const [program, args, exitCode] of [
      ["s6-ftrig-wait", ["/nonexistent", "a"], 111],
      ["s6-ftrig-wait", [fifodir, "["], 111],
      ["s6-ftrig-wait", [fifodir], 100],
      ["s6-ftrig-wait", ["-t", "x", fifodir, "a"], 100],
      ["s6-ftrig-notify", ["/nonexistent", "a"], 111],
      ["s6-ftrig-notify", [fifodir], 100],
      ["s6-ftrig-notify", [fifodir, "a"], 0],
      ["s6-ftrig-notify", [fifodir, ""], 0],
    ] as const) {
      expect(ours(program, ...args).exitCode).toBe(exitCode);
      expect(theirs(program, ...args).exitCode).toBe(exitCode);
    }
    expect(subscribers(fifodir)).toEqual([]);
  });
});

describe("s6-cleanfifodir", () => {
  it("removes what nobody reads, and nothing else", async () => {
    const fifodir = makeFifodir();
    const stale = "ftrig1:@400000006b00a9c60be65753:abcdef";
    const gone = startOurs("s6-ftrig-wait", fifodir, "a");
    await listening(fifodir);
    gone.process.kill("SIGKILL");
    await gone.ended;
    expect(subscribers(fifodir)).toHaveLength(1);
    c("mkfifo", join(fifodir, stale), join(fifodir, "ftrig1:other"), join(fifodir, "other"));
    const alive = startOurs("s6-ftrig-wait", fifodir, "a");
    await listening(fifodir, 4);

    expect(ours("s6-cleanfifodir", fifodir)).toEqual(success);
    expect(readdirSync(fifodir)).toHaveLength(3);
    expect(readdirSync(fifodir)).not.toContain(stale);
    ours("s6-ftrig-notify", fifodir, "a");
    expect(await alive.ended).toMatchObject({ exitCode: 0 });
  });

  it("needs a directory", () => {
    expect(ours("s6-cleanfifodir", "/nonexistent")).toEqual(theirs("s6-cleanfifodir", "/nonexistent"));
    expect(ours("s6-cleanfifodir")).toEqual(theirs("s6-cleanfifodir"));
  });
});
