import { accessSync, constants, lstatSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isatty } from "node:tty";
import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { evaluate, type Facts } from "../../src/execline/expression.ts";
import type { FileFacts } from "../../src/formats/file-facts.ts";
import { ExpressionError, parseExpression } from "../../src/execline/expression-tree.ts";
import { SystemError } from "../../src/sys/errors.ts";
import { Regex } from "../../src/sys/regex.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { batch, EXECLINE_BIN } from "../support/execline-peer.ts";

const SEED = 20261121;
const RUNS = 4000;

const FILE: FileFacts = { mode: 0o100644, uid: 0, gid: 0, dev: 1n, ino: 1n, size: 0n, atime: 0n, mtime: 0n };

/** A system without files. */
const NOTHING: Facts = {
  stat: () => undefined, lstat: () => undefined, access: () => false, isTerminal: () => false, isSet: () => false,
  matches: () => false, euid: 0, egid: 0,
};

const isTrue = (text: string, facts: Partial<Facts> = {}): boolean =>
  evaluate(parseExpression(text === "" ? [] : text.split(" ")), { ...NOTHING, ...facts });

describe("an expression", () => {
  test("of no words is false, of one word true unless that is empty", () => {
    expect(evaluate(parseExpression([]), NOTHING)).toBe(false);
    expect(evaluate(parseExpression([""]), NOTHING)).toBe(false);
    expect(evaluate(parseExpression(["\\"]), NOTHING)).toBe(false);
    expect(isTrue("x")).toBe(true);
  });

  test.for([
    ["x -o x -a \\", true], ["( x -o x ) -a \\", false], ["! x -a \\", false], ["! ( x -a \\ )", true], ["! ! x", true],
    ["! \\ = x -o x", true],
  ] as const)("%s: ! binds most, then -a, then -o: %s", ([text, expected]) => expect(isTrue(text)).toBe(expected));

  test("does not look at what it need not know", () => {
    expect(isTrue("x -o 1 -eq x")).toBe(true);
    expect(isTrue("\\ -a x -lt 1")).toBe(false);
  });

  test("takes words for text that a backslash says to be", () => {
    expect(isTrue("\\= = \\=")).toBe(true);
    expect(isTrue("\\-n")).toBe(true);
    expect(isTrue("\\\\x = \\x")).toBe(false);
  });

  test.for([
    ["= = =", "parse error at argument 0"],
    ["x -a", "parse error at argument 2"],
    ["( x", "parse error: too many left parentheses"],
    ["x )", "parse error: bad right parenthesis at argument 2"],
    ["x = y = z", "parse error: too many left parentheses"],
    ["1 -eq x", "-eq requires integer arguments"],
    ["-t x", "-t requires an integer argument"],
  ] as const)("%s is refused: %s", ([text, message]) => {
    expect(() => isTrue(text)).toThrow(new ExpressionError(message));
  });

  test("says what the C library has against a regular expression", () => {
    const facts = { matches: () => ({ problem: "Unmatched [" }) };
    expect(() => isTrue("x =~ [", facts)).toThrow(": unable to compile [ into a regular expression: Unmatched [");
  });

  test("reads as much of a number as 32 bits hold", () => {
    expect(isTrue("4294967296 -eq 429496729x")).toBe(true);
    expect(isTrue("4294967295 -eq -1")).toBe(true);
  });

  test("compares times in nanoseconds", () => {
    const times: Record<string, bigint> = { a: 1_000_000_000n, b: 1_000_000_001n };
    const stat = (path: string): FileFacts | undefined => {
      const mtime = times[path];
      return mtime === undefined ? undefined : { ...FILE, mtime, atime: 1_000_000_000n };
    };
    expect(isTrue("b -nt a", { stat })).toBe(true);
    expect(isTrue("a -ot b", { stat })).toBe(true);
    expect(isTrue("-N b", { stat })).toBe(true);
    expect(isTrue("-N a", { stat })).toBe(false);
    expect(isTrue("a -nt none -a none -ot a", { stat })).toBe(true);
    expect(isTrue("a -ef none -o none -ef a", { stat })).toBe(false);
  });

  test("asks for the effective owner, of the file that a link leads to", () => {
    const facts: Partial<Facts> = { stat: () => ({ ...FILE, uid: 7, gid: 8, mode: 0o106755 }), euid: 7, egid: 8 };
    expect(isTrue("-O f -a -U f -a -G f -a -u f -a -g f -a ! -k f -a ! -L f", facts)).toBe(true);
    expect(isTrue("-L f", { lstat: () => ({ ...FILE, mode: 0o120777 }) })).toBe(true);
  });
});

function realFacts(directory: string, env: Readonly<Record<string, string>>): Facts {
  const tried = <T>(look: () => T): T | undefined => {
    try {
      return look();
    } catch {
      return undefined;
    }
  };
  /** An empty path is no file. */
  const place = (path: string): string => (path === "" ? join(directory, "none") : resolve(directory, path));
  const facts = (look: typeof statSync, path: string): FileFacts | undefined => {
    const found = tried(() => look(place(path), { bigint: true }));
    if (found === undefined) return undefined;
    const { mode, uid, gid, dev, ino, size, atimeNs: atime, mtimeNs: mtime } = found;
    return { mode: Number(mode), uid: Number(uid), gid: Number(gid), dev, ino, size, atime, mtime };
  };
  const modes = { exists: constants.F_OK, read: constants.R_OK, write: constants.W_OK, execute: constants.X_OK };
  return {
    stat: (path) => facts(statSync, path),
    lstat: (path) => facts(lstatSync, path),
    access: (path, right) => tried(() => accessSync(place(path), modes[right]) === undefined) ?? false,
    isTerminal: isatty,
    isSet: (name) => Object.hasOwn(env, name),
    matches: (text, pattern) => {
      try {
        return new Regex(Buffer.from(pattern, "latin1")).test(Buffer.from(text, "latin1"));
      } catch (error) {
        if (error instanceof SystemError && error.cause instanceof Error) return { problem: error.cause.message };
        throw error;
      }
    },
    euid: process.geteuid?.() ?? -1,
    egid: process.getegid?.() ?? -1,
  };
}

const number = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map(String),
  fc.constantFrom("2147483647", "2147483648", "-2147483649", "4294967295", "4294967296", "99999999999999999999", "+3", "07", "5x", "-", "+-1", " 1", "0x5"),
);
const file = fc.constantFrom("file", "old", "empty", "directory", "link", "dangling", "none", "file/x", "setuid", "sticky", "/dev/null", "/dev/tty", "");
const text = fc.constantFrom("", "a", "b", "ab", "a\nb", "\\", "\\a", "\\\\", "\\=", "\\-n", "\\(", "\xe4", "\xff", "-q", "^a", "a$", "(", "a{2", "[", "b|", "\\\\(", "*");
const unary = fc.oneof(
  fc.tuple(fc.constantFrom(..."bcdefghkprsuwxGLNOSU").map((letter) => `-${letter}`), file),
  fc.tuple(fc.constantFrom("-n", "-z"), text),
  fc.tuple(fc.constant("-v"), fc.constantFrom("SET", "EMPTY", "NONE", "SE")),
  fc.tuple(fc.constant("-t"), fc.constantFrom("0", "1", "99", "x", "-1", "", "4294967295", "4294967296")),
);
const binary = fc.oneof(
  fc.tuple(text, fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "=~"), text),
  fc.tuple(number, fc.constantFrom("-eq", "-ne", "-lt", "-le", "-gt", "-ge"), number),
  fc.tuple(file, fc.constantFrom("-nt", "-ot"), file),
  // For C's, whatever exists is the same as what does not.
  fc.tuple(file, fc.constant("-ef"), fc.constantFrom("file", "old", "directory", "link", "/dev/null")),
);
const { sane } = fc.letrec<{ sane: string[] }>((tie) => ({
  sane: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(unary, binary, fc.tuple(text)).map((words): string[] => [...words]),
    fc.tuple(tie("sane"), fc.constantFrom("-a", "-o"), tie("sane")).map(([left, operator, right]) => [...left, operator, ...right]),
    tie("sane").map((inner) => ["!", ...inner]),
    tie("sane").map((inner) => ["(", ...inner, ")"]),
  ),
}));
const muddled = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom("x", "\\") }, { weight: 4, arbitrary: fc.constantFrom("-n", "=", "!", "-a", "-o", "(", ")") }, fc.constantFrom("-eq", "-ef", "-f", "1")),
  { maxLength: 12 },
);

test(`${RUNS} random expressions have the value, or the fault, that C's eltest finds`, () => {
  const cwd = makeTempDirectory();
  const env = { SET: "1", EMPTY: "" };
  for (const name of ["file", "old"]) writeFileSync(join(cwd, name), name);
  for (const name of ["empty", "setuid"]) writeFileSync(join(cwd, name), "");
  for (const name of ["directory", "sticky"]) mkdirSync(join(cwd, name));
  symlinkSync("file", join(cwd, "link"));
  symlinkSync("none", join(cwd, "dangling"));
  // Debian's execline counts in seconds.
  for (const [name, atime, mtime] of [["file", 3, 5], ["old", 4, 2], ["empty", 5, 5], ["setuid", 1, 9], ["directory", 5, 5], ["sticky", 7, 6]] as const) utimesSync(join(cwd, name), atime, mtime);
  const facts = realFacts(cwd, env);
  const answer = (words: readonly string[]): readonly [number, string] => {
    try {
      return [evaluate(parseExpression(words), facts) ? 0 : 1, ""];
    } catch (error) {
      if (error instanceof ExpressionError) return [100, `eltest: fatal: ${error.message}`];
      throw error;
    }
  };
  const cases = fc.sample(fc.oneof(sane, muddled), { seed: SEED, numRuns: RUNS });
  const theirs = batch(`${EXECLINE_BIN}/eltest`, cases, { cwd, env });
  const different = cases.flatMap((words, index) => {
    const [mine, their] = [answer(words), theirs[index]];
    return mine[0] === their?.[0] && mine[1] === their[1] ? [] : [{ words, mine, their }];
  });
  expect(different.slice(0, 10)).toEqual([]);
  expect(new Set(theirs.map(([exitCode]) => exitCode))).toEqual(new Set([0, 1, 100]));
});
