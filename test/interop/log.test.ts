import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import type { Home } from "../support/hosts.ts";
import { archives, log, runningLogger } from "../support/loggers.ts";
import { eventually } from "./svscan-tree.ts";
import { randomFrom } from "./differential-model.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const HOMES: readonly Home[] = ["alone", "hosted"];

describe.each(HOMES)("s6-log, %s, does what C's does with", (home) => {
  test.each<[string, string[], string]>([
    ["lines, and drops the end that is none", ["1", "./d"], "one\ntwo\nthree"],
    ["empty lines and NULs", ["t", "1", "./d"], "\n\n\0a\0b\n\0"],
    ["stamps and prefixes", ["t", "T", "pfoo:", "1", "T", "./d", "p", "1"], "a\nb\n"],
    ["selections", ["--", "-^b", "./a", "f", "1", "-", "+x$", "./x"], "a\nbx\nb\nx\n"],
    ["selections that go on from stanza to stanza", ["--", "-", "+a", "1", "+b", "1", "-c", "./d"], "a\nb\nc\nac\nbc\nabc\n"],
    ["expressions of bytes", ["--", "-", "+^[[:alpha:]]{2}.$", "1"], "ab\xff\nabc\na1c\n\xe9bc\n"],
    ["long lines", ["-l", "50", "1", "./d"], `${"x".repeat(50)}\n${"y".repeat(51)}\n${"z".repeat(120)}\nend\n`],
    ["lines beyond 8192", ["1"], `${"x".repeat(20_000)}\nend\n`],
    ["no limit of lines", ["-l0", "1"], `${"x".repeat(200_000)}\nend\n`],
    ["alerts", ["E5", "2", "t", "2", "E0", "2"], "1234567890\n12345678\n123\n"],
    ["status files", ["^8", "=s", "^0", "t", "=u", "^3", "pX", "=v"], "one\ntwo\n"],
    ["two directories with their own settings", ["n100", "s4096", "l0", "./a", "n2", "s100000", "-", "+7", "T", "./b"], Array.from({ length: 3000 }, (_, n) => `${n}\n`).join("")],
    ["nothing at all", ["1", "./d"], ""],
  ])("%s", (_name, words, input) => {
    const bytes = Buffer.from(input, "latin1");
    expect(log(OUR_BIN, words, bytes, undefined, home)).toEqual(log(C_BIN, words, bytes));
  });

  test.each<[string[]]>([
    [["x"]], [["t"]], [["n"]], [["n1x"]], [["1x"]], [["="]], [["tt", "1"]], [["f1", "1"]], [["+("]], [["s4096", "l2049", "1"]], [["-d", "2", "1"]], [["-d", "9", "1"]], [["./no/such/dir"]],
  ])("the wrong words %j", (words) => {
    const [ours, theirs] = [log(OUR_BIN, words, "a\n", undefined, home), log(C_BIN, words, "a\n")];
    expect([ours.exitCode, ours.stderr]).toEqual([theirs.exitCode, theirs.stderr]);
  });

  test("random scripts and input (S6_ACTORS_SEED)", { timeout: 120_000 }, () => {
    const random = randomFrom(Number(process.env["S6_ACTORS_SEED"] ?? 20261121));
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    for (let round = 0; round < 60; round++) {
      const words: string[] = ["n1000"];
      for (let count = 1 + random() * 8; count > 0; count--) {
        words.push(pick(["+", "-", "+a", "-b", "-^c", "+[0-9]{3}", "-.*z$", "f", "t", "T", "pab:", "p", "s4096", "s9999", "l0", "l500", "r10", "E7", "^40", "1", "2", "=st"]));
      }
      words.push(...pick([["./a"], ["1", "./a"], ["./a", "-x", "./b"], ["T", "./a", "t", "1", "f", "./b"]]));
      if (words.includes("l500") && words.indexOf("l500") > words.lastIndexOf("s4096")) words.splice(words.indexOf("l500"), 1);
      const lines = Array.from({ length: Math.floor(random() * 400) }, () =>
        Array.from({ length: Math.floor(random() ** 3 * 200) }, () => pick([..."abcxyz0123456789 ", "\xff", "\t"])).join(""));
      const input = Buffer.from(lines.join(random() < 0.1 ? "\0" : "\n") + pick(["", "\n", "tail"]), "latin1");
      const [ours, theirs] = [log(OUR_BIN, words, input, undefined, home), log(C_BIN, words, input)];
      expect(ours, `round ${round}: ${JSON.stringify(words)}`).toEqual(theirs);
    }
  });
});

const read = (...path: string[]): string => (existsSync(join(...path)) ? readFileSync(join(...path), "utf8") : "");

describe.each(HOMES)("s6-log, %s,", (home) => {
  const running = (words: readonly string[], dir?: string): ReturnType<typeof runningLogger> => runningLogger(words, dir, home);

  test("has a line in its file at once", async () => {
    const logger = await running(["./d"]);
    logger.write("one\n");
    await eventually(() => read(logger.dir, "d", "current")).toBe("one\n");
    expect(statSync(join(logger.dir, "d", "current")).mode & 0o100).toBe(0);
    logger.end();
    expect(await logger.ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(statSync(join(logger.dir, "d", "current")).mode & 0o100).toBe(0o100);
  });

  test("stops at SIGTERM with the end of the line that has begun, and leaves what follows to the next reader", async () => {
    const logger = await running(["-t", "0", "./d"]);
    logger.write("one\ntw");
    await eventually(() => read(logger.dir, "d", "current")).toBe("one\n");
    logger.kill("SIGTERM");
    await pause(100);
    logger.write("o\nthree\n");
    expect(await logger.ended).toMatchObject({ exitCode: 0 });
    expect(read(logger.dir, "d", "current")).toBe("one\ntwo\n");
  });

  test("waits for that end only so long, and writes what is there", async () => {
    const logger = await running(["-t", "50", "./d"]);
    logger.write("one\ntw");
    await eventually(() => read(logger.dir, "d", "current")).toBe("one\n");
    logger.kill("SIGHUP");
    expect(await logger.ended).toMatchObject({ exitCode: 0 });
    expect(read(logger.dir, "d", "current")).toBe("one\ntw\n");
  });

  test("ignores SIGTERM with -p, and stops at SIGHUP all the same", async () => {
    const logger = await running(["-p", "./d"]);
    logger.kill("SIGTERM");
    logger.write("one\n");
    await eventually(() => read(logger.dir, "d", "current")).toBe("one\n");
    logger.kill("SIGHUP");
    expect(await logger.ended).toMatchObject({ exitCode: 0, signal: null });
  });

  test("rotates at SIGALRM, but makes no archive of nothing", async () => {
    const logger = await running(["./d"]);
    logger.kill("SIGALRM");
    await pause(50); // a signal and a line may overtake each other
    logger.write("one\n");
    await eventually(() => read(logger.dir, "d", "current")).toBe("one\n");
    logger.kill("SIGALRM");
    await eventually(() => archives(join(logger.dir, "d")).length).toBe(1);
    expect(read(logger.dir, "d", archives(join(logger.dir, "d"))[0] ?? "")).toBe("one\n");
    expect(read(logger.dir, "d", "current")).toBe("");
    logger.end();
    await logger.ended;
  });

  test("rotates by size between lines, and keeps so many archives and so many bytes", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join("");
    const dir = makeTempDirectory();
    log(OUR_BIN, ["n3", "s4096", "l0", "./n", "n100", "S20000", "./s"], lines, dir, home);
    expect(archives(join(dir, "n"))).toHaveLength(3);
    for (const name of archives(join(dir, "n"))) expect(statSync(join(dir, "n", name)).size).toBeLessThan(4096 + 20);
    const total = archives(join(dir, "s")).reduce((sum, name) => sum + statSync(join(dir, "s", name)).size, 0);
    expect(total).toBeLessThanOrEqual(20_000);
    expect(total).toBeGreaterThan(10_000);
  });

  test("hands rotated files to a processor, with its state, and tries again when that fails", async () => {
    const script = "cat >/dev/null; n=$(cat <&4); echo $((n+1)) >&5; echo processed $n; test -e ok || { touch ok; exit 1; }";
    const logger = await running(["r20", `?${script}`, "./d"]);
    for (const count of [1, 2]) {
      logger.write("x\n");
      await eventually(() => read(logger.dir, "d", "current")).toBe("x\n");
      logger.kill("SIGALRM");
      await eventually(() => archives(join(logger.dir, "d")).length).toBe(count);
    }
    const [first = "", second = ""] = archives(join(logger.dir, "d"));
    expect([read(logger.dir, "d", first), read(logger.dir, "d", second), read(logger.dir, "d", "state")]).toEqual(["processed\n", "processed 1\n", "2\n"]);
    logger.end();
    expect((await logger.ended).stderr).toBe("s6-log: warning: processor failed in ./d\n");
  });

  test("runs processors of ! by execlineb", async () => {
    const logger = await running(["!sed s/o/0/", "./d"]);
    logger.write("foo\n");
    await eventually(() => read(logger.dir, "d", "current")).toBe("foo\n");
    logger.kill("SIGALRM");
    await eventually(() => archives(join(logger.dir, "d")).map((name) => read(logger.dir, "d", name))).toEqual(["f0o\n"]);
    logger.end();
    expect(await logger.ended).toMatchObject({ exitCode: 0 });
  });

  test("two loggers never share a directory", async () => {
    const logger = await running(["./d"]);
    const second = spawnSync(join(OUR_BIN, "s6-log"), ["./d"], { cwd: logger.dir, encoding: "utf8", input: "" });
    expect([second.status, second.stderr]).toEqual([111, "s6-log: fatal: unable to lock ./d/lock: Device or resource busy\n"]);
    const third = spawnSync(join(C_BIN, "s6-log"), ["./d"], { cwd: logger.dir, encoding: "utf8", input: "" });
    expect(third.status).toBe(111);
    logger.end();
    await logger.ended;
  });

  test.each<[string, Readonly<Record<string, [content: string, mode: number]>>, Readonly<Record<string, string>>]>([
    ["a complete current is continued", { current: ["old\n", 0o744], state: ["s", 0o644], "previous": ["p\n", 0o644] }, { current: "old\nnew\n", state: "s", previous: "p\n" }],
    ["one that was cut off is kept as it is", { current: ["old\n", 0o644] }, { current: "new\n", ".u": "old\n", state: "" }],
    ["both previous and current that were cut off", { current: ["two\n", 0o644], previous: ["one\n", 0o744], newstate: ["x", 0o644] }, { current: "new\n", ".u": "one\ntwo\n", state: "" }],
    ["what a processor had finished is archived", { current: ["two\n", 0o644], previous: ["one\n", 0o744], processed: ["ONE\n", 0o744], state: ["old", 0o644] }, { current: "new\n", ".s": "ONE\n", ".u": "two\n", state: "" }],
    ["what it had not is made again from the original", { current: ["two\n", 0o644], previous: ["one\n", 0o744], processed: ["ON", 0o644] }, { current: "new\n", ".u": "one\ntwo\n" }],
    ["nothing of an empty file", { current: ["", 0o644] }, { current: "new\n", ".u": "" }],
  ])("at its start: %s", (_name, before, after) => {
    const dir = makeTempDirectory();
    mkdirSync(join(dir, "d"));
    for (const [name, [content, mode]] of Object.entries(before)) {
      writeFileSync(join(dir, "d", name), content);
      chmodSync(join(dir, "d", name), mode);
    }
    expect(log(OUR_BIN, ["./d"], "new\n", dir, home)).toMatchObject({ exitCode: 0, stderr: "" });
    const joined = (kind: string): string => archives(join(dir, "d")).filter((name) => name.endsWith(kind)).map((name) => read(dir, "d", name)).join("");
    const found = Object.fromEntries(Object.keys(after).map((name) => [name, name.startsWith(".") ? joined(name) : read(dir, "d", name)]));
    expect(found).toEqual(after);
  });

  test("a stdout that is gone closes that way and no other", () => {
    const dir = makeTempDirectory();
    const script = `(sleep 0.2; seq 3) | ${join(OUR_BIN, "s6-log")} 1 ./d 2>err | true`;
    spawnSync("/bin/sh", ["-c", script], { cwd: dir });
    expect(read(dir, "d", "current")).toBe("1\n2\n3\n");
    expect(read(dir, "err")).toBe("s6-log: warning: unable to write to stdout, closing the stream - error was: Broken pipe\n");
  });
});

test("s6-log gives stdin and stdout back as they were: others may have them, too", () => {
  const dir = makeTempDirectory();
  const script = `printf 'a\\n' | sh -c '"$0" 1 ./d; grep flags /proc/self/fdinfo/0 /proc/self/fdinfo/1' ${join(OUR_BIN, "s6-log")} | cat`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: dir, encoding: "utf8", env: { PATH: process.env["PATH"] } });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^a\n/);
  const flags = [...stdout.matchAll(/flags:\s*([0-7]+)/g)].map(([, octal]) => Number.parseInt(octal ?? "", 8) & 0o4000);
  expect(flags).toEqual([0, 0]);
});
