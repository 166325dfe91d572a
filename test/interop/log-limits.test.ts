import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { formatTain, tainFromUnix } from "../../src/formats/tain.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { eventually } from "./svscan-tree.ts";

const archives = (dir: string): string[] => readdirSync(dir).filter((name) => /^@[0-9a-f]{24}\.[su]$/.test(name)).sort();
const sizes = (dir: string): number[] => archives(dir).map((name) => statSync(join(dir, name)).size);
/** Of archives that were there before. */
const label = (seconds: number): string => formatTain(tainFromUnix(1_600_000_000 + seconds, 0));

interface Left {
  /** Of the archives, oldest first. */
  readonly sizes: readonly number[];
  /** All that is left, in order. */
  readonly text: string;
}

function left(dir: string): Left {
  return { sizes: sizes(dir), text: [...archives(dir), "current"].map((name) => readFileSync(join(dir, name), "latin1")).join("") };
}

interface Step {
  readonly text: string;
  /** A rotation, asked for by SIGALRM, is waited for after it. */
  readonly rotates?: true;
}

interface Started {
  readonly process: ChildProcess;
  /** The end of its stdin, after this text; answers its exit code. */
  end(text?: string): Promise<unknown>;
}

async function started(bin: string, words: readonly string[], dir: string): Promise<Started> {
  const logger = spawn(join(bin, "s6-log"), ["-d", "3", ...words], { cwd: dir, stdio: ["pipe", "ignore", "inherit", "pipe"] });
  onTestFinished(() => void logger.kill("SIGKILL"));
  const ended = new Promise((resolve) => logger.once("close", resolve));
  await new Promise((resolve) => logger.stdio[3]?.once("data", resolve));
  return {
    process: logger,
    end(text = "") {
      logger.stdin?.end(text);
      return ended;
    },
  };
}

/** Feeds a logger step by step: what comes in one piece is cut into files otherwise by C. */
async function fed(bin: string, words: readonly string[], steps: readonly Step[], before: Readonly<Record<string, string>> = {}): Promise<Left> {
  const dir = makeTempDirectory();
  const logdir = join(dir, "d");
  mkdirSync(logdir);
  for (const [name, text] of Object.entries(before)) writeFileSync(join(logdir, name), text);
  const logger = await started(bin, [...words, "./d"], dir);
  const current = join(logdir, "current");
  for (const { text, rotates } of steps) {
    logger.process.stdin?.write(text);
    await eventually(() => readFileSync(current, "latin1").endsWith(text)).toBe(true);
    if (rotates !== true) continue;
    logger.process.kill("SIGALRM");
    await eventually(() => [statSync(current).size, readdirSync(logdir).includes("previous")]).toEqual([0, false]);
  }
  expect(await logger.end()).toBe(0);
  return left(logdir);
}

async function expectSame(words: readonly string[], steps: readonly Step[], before: Readonly<Record<string, string>> = {}): Promise<Left> {
  const ours = await fed(OUR_BIN, words, steps, before);
  expect(ours).toEqual(await fed(C_BIN, words, steps, before));
  return ours;
}

/** Of so many bytes. */
const lineOf = (bytes: number, letter: string): string => `${letter.repeat(bytes - 1)}\n`;
const rotations = (...lengths: readonly number[]): Step[] => lengths.map((bytes, index) => ({ text: lineOf(bytes, String.fromCharCode(97 + index)), rotates: true }));

describe("s6-log leaves the same archives as C's does with", () => {
  test("S: as many of the newest as fit, whatever their number", async () => {
    const { sizes } = await expectSame(["n100", "S1000"], rotations(400, 300, 200, 100, 300));
    expect(sizes).toEqual([300, 200, 100, 300]);
  });

  test("S: exactly as much as allowed is not too much", async () => {
    const { sizes } = await expectSame(["n100", "S600"], rotations(300, 300, 300));
    expect(sizes).toEqual([300, 300]);
  });

  test("S: one archive that is too large by itself goes, too", async () => {
    const { sizes } = await expectSame(["n100", "S100"], rotations(50, 500));
    expect(sizes).toEqual([]);
  });

  test("S and n: whichever is less", async () => {
    expect((await expectSame(["n2", "S1000"], rotations(100, 100, 100, 100))).sizes).toEqual([100, 100]);
    expect((await expectSame(["n4", "S250"], rotations(100, 100, 100, 100))).sizes).toEqual([100, 100]);
  });

  test("S0: no limit", async () => {
    expect((await expectSame(["n100", "S0"], rotations(1000, 1000, 1000))).sizes).toEqual([1000, 1000, 1000]);
  });

  test("S: archives of before count, those that were cut off as well, and nothing else does", async () => {
    const before = {
      [`${label(1)}.s`]: lineOf(300, "x"), [`${label(2)}.u`]: lineOf(200, "y"), [`${label(3)}.s`]: lineOf(100, "z"),
      [`${label(4)}.t`]: lineOf(5000, "o"), "@notes": lineOf(5000, "o"),
    };
    const { sizes } = await expectSame(["n100", "S500"], rotations(150), before);
    expect(sizes).toEqual([200, 100, 150]);
  });

  test("S: nothing is trimmed before there is a new archive, or something to recover", async () => {
    const before = { [`${label(1)}.s`]: lineOf(300, "x"), [`${label(2)}.s`]: lineOf(200, "y") };
    expect((await expectSame(["n100", "S250"], [], before)).sizes).toEqual([300, 200]);
    expect((await expectSame(["n100", "S250"], [], { ...before, current: lineOf(60, "c") })).sizes).toEqual([60]);
  });

  test("n0: none at all", async () => {
    const { sizes, text } = await expectSame(["n0"], [...rotations(100, 200), { text: "the last\n" }]);
    expect([sizes, text]).toEqual([[], "the last\n"]);
  });

  test("n1: only the newest", async () => {
    const { sizes, text } = await expectSame(["n1"], [...rotations(100, 200), { text: "the last\n" }]);
    expect([sizes, text]).toEqual([[200], `${lineOf(200, "b")}the last\n`]);
  });

  test.each([["ours", OUR_BIN], ["C's", C_BIN]])("n0 and n1 with rotations by size: what is left is the end of what came (%s)", (_name, bin) => {
    const dir = makeTempDirectory();
    const input = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join("");
    const { status } = spawnSync(join(bin, "s6-log"), ["l0", "s4096", "n0", "./none", "n1", "./one"], { cwd: dir, input });
    expect(status).toBe(0);
    const [none, one] = [left(join(dir, "none")), left(join(dir, "one"))];
    expect([none.sizes.length, one.sizes.length]).toEqual([0, 1]);
    expect(one.sizes[0]).toBeGreaterThan(4000);
    for (const { text } of [none, one]) expect(input.endsWith(text)).toBe(true);
  });
});

describe("R, which C's has not before 2.14", () => {
  /** One that is ready, with a pipe to it. */
  async function periodic(words: readonly string[], dir = makeTempDirectory()): Promise<{ dir: string; write: (text: string) => void; end: () => Promise<unknown> }> {
    const logger = await started(OUR_BIN, words, dir);
    return { dir, write: (text) => void logger.process.stdin?.write(text), end: () => logger.end() };
  }
  const contents = (dir: string): string[] => archives(dir).map((name) => readFileSync(join(dir, name), "latin1"));

  test("each period has its archive", async () => {
    const logger = await periodic(["R1", "./d"]);
    const logdir = join(logger.dir, "d");
    for (const [index, text] of ["one\n", "two\n", "three\n"].entries()) {
      logger.write(text);
      await eventually(() => contents(logdir)).toHaveLength(index + 1);
    }
    expect(contents(logdir)).toEqual(["one\n", "two\n", "three\n"]);
    expect(await logger.end()).toBe(0);
    expect(left(logdir).text).toBe("one\ntwo\nthree\n");
  });

  test("lines of one period share an archive; R0 has no periods", async () => {
    const logger = await periodic(["R1", "./d", "R0", "./never"]);
    logger.write("one\n");
    await eventually(() => contents(join(logger.dir, "d"))).toEqual(["one\n"]);
    logger.write("two\nthree\n"); // in one piece, just after a rotation
    await eventually(() => contents(join(logger.dir, "d"))).toEqual(["one\n", "two\nthree\n"]);
    expect(await logger.end()).toBe(0);
    expect(contents(join(logger.dir, "never"))).toEqual([]);
    expect(readFileSync(join(logger.dir, "never", "current"), "latin1")).toBe("one\ntwo\nthree\n");
  });

  test("periods without a line have none", async () => {
    const logger = await periodic(["R1", "--", "-^idle", "./busy", "f", "./idle"]);
    for (const count of [1, 2, 3]) {
      logger.write("busy\n");
      await eventually(() => contents(join(logger.dir, "busy"))).toHaveLength(count);
    }
    expect(contents(join(logger.dir, "idle"))).toEqual([]);
    logger.write("idle\n");
    await eventually(() => contents(join(logger.dir, "idle"))).toEqual(["idle\n"]);
    expect(await logger.end()).toBe(0);
  });

  test("what an earlier logger left in current is of the first period", async () => {
    const dir = makeTempDirectory();
    await (await started(OUR_BIN, ["./d"], dir)).end("old\n");
    expect(left(join(dir, "d"))).toEqual({ sizes: [], text: "old\n" });
    const logger = await periodic(["R1", "./d"], dir);
    await eventually(() => contents(join(dir, "d"))).toEqual(["old\n"]);
    expect(await logger.end()).toBe(0);
  });

  test("n and S hold for its archives, too, and a processor gets them", async () => {
    const logger = await periodic(["R1", "n1", "./few", "n100", "?sed s/^/did:/", "./processed"]);
    for (const [index, text] of ["one\n", "two\n"].entries()) {
      logger.write(text);
      await eventually(() => contents(join(logger.dir, "processed"))).toHaveLength(index + 1);
      await eventually(() => contents(join(logger.dir, "few"))).toEqual([text]);
    }
    expect(contents(join(logger.dir, "processed"))).toEqual(["did:one\n", "did:two\n"]);
    expect(await logger.end()).toBe(0);
  });
});
