import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc } from "@fast-check/vitest";
import { beforeEach, describe, expect, test } from "vitest";
import { SystemError } from "../../src/sys/errors.ts";
import { fnmatch, glob } from "../../src/sys/patterns.ts";
import { Regex } from "../../src/sys/regex.ts";
import { homeOf } from "../../src/sys/users.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { batch, EXECLINE_BIN } from "../support/execline-peer.ts";

const SEED = 20261121;
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("glob", () => {
  let root: string;
  beforeEach(() => {
    root = makeTempDirectory();
    for (const name of ["d", ".h"]) mkdirSync(join(root, name));
    for (const name of ["b", "a", "w*", "d/x", ".hidden"]) writeFileSync(join(root, name), "");
    writeFileSync(Buffer.concat([bytes(`${root}/`), Uint8Array.of(0xff)]), "");
    symlinkSync("loop", join(root, "loop"));
  });
  const names = (pattern: string, rules?: Parameters<typeof glob>[1]): readonly string[] =>
    glob(`${root}/${pattern}`, rules).paths.map((path) => path.slice(root.length + 1));

  test("finds names, sorted or not, and bytes that are no UTF-8", () => {
    expect(names("*", { isSorted: true })).toEqual(["a", "b", "d", "loop", "w*", "\xff"]);
    expect(names("*").toSorted()).toEqual(["a", "b", "d", "loop", "w*", "\xff"]);
    expect(names("\xff")).toEqual(["\xff"]);
  });

  test("marks directories", () => expect(names("[ad]", { isSorted: true, marksDirectories: true })).toEqual(["a", "d/"]));

  test("takes a backslash for an escape, or not", () => {
    expect(names("w\\*")).toEqual(["w*"]);
    expect(names("w\\*", { noEscape: true })).toEqual([]);
  });

  test("says that nothing matches, or answers the pattern", () => {
    expect(glob(`${root}/none*`)).toEqual({ outcome: "none", paths: [], troubles: [] });
    expect(names("none*", { noCheck: true })).toEqual(["none*"]);
  });

  test("tells what it could not read, and may stop there", () => {
    const troubles = [{ path: `${root}/none`, code: "ENOENT" }];
    expect(glob(`${root}/none/*`)).toEqual({ outcome: "none", paths: [], troubles });
    expect(glob(`${root}/none/*`, { noCheck: true, abortsOnError: true })).toEqual({ outcome: "aborted", paths: [], troubles });
    expect(glob(`${root}/{loop,.}/*`)).toMatchObject({ outcome: "none" });
    expect(glob(`${root}/loop/*`).troubles).toEqual([{ path: `${root}/loop`, code: "ELOOP" }]);
  });

  test("wants no NUL", () => expect(() => glob("a\0b")).toThrow(SystemError));
});

describe("fnmatch", () => {
  test.for([
    ["a*", "abc", {}, true], ["a*", "xabc", {}, false], ["?", "\xe4", {}, true], ["[!a]", "b", {}, true], ["", "", {}, true],
    ["\\*", "*", {}, true], ["\\*", "\\x", { noEscape: true }, true], ["\\*", "\\x", {}, false],
    ["*", ".a", {}, true], ["*", ".a", { period: true }, false],
    ["*", "a/b", {}, true], ["*", "a/b", { pathname: true }, false],
  ] as const)("%s and %s with %j: %s", ([pattern, text, rules, expected]) => {
    expect(fnmatch(pattern, text, rules)).toBe(expected);
  });

  test("500 random pairs are what C's case -s takes them for", () => {
    const text = fc.array(fc.constantFrom("a", "b", "*", "?", "[", "]", "!", "-", "\\", "/", "."), { maxLength: 5 }).map((parts) => parts.join(""));
    const cases = fc.sample(fc.tuple(text, text, fc.boolean(), fc.boolean(), fc.boolean()), { seed: SEED, numRuns: 500 });
    const theirs = batch(`${EXECLINE_BIN}/case`, cases.map(([pattern, value, noEscape, period, pathname]) => [
      `-s${noEscape ? "e" : ""}${period ? "i" : ""}${pathname ? "N" : ""}`, "--", value, ` ${pattern}`, "  /bin/true", " ", "", "/bin/false",
    ]));
    const different = cases.flatMap(([pattern, value, noEscape, period, pathname], index) =>
      theirs[index]?.[0] === (fnmatch(pattern, value, { noEscape, period, pathname }) ? 0 : 1) ? [] : [{ pattern, value, noEscape, period, pathname, their: theirs[index] }]);
    expect(different.slice(0, 10)).toEqual([]);
  });
});

describe("regular expressions", () => {
  const groups = (pattern: string, text: string, rules?: ConstructorParameters<typeof Regex>[1]) => new Regex(bytes(pattern), rules).groups(bytes(text));

  test("tell where their groups matched", () => {
    expect(groups("^(a+)(b)?(c|)", "aac")).toEqual([{ start: 0, end: 3 }, { start: 0, end: 2 }, undefined, { start: 2, end: 3 }]);
    expect(groups("x", "aac")).toBeUndefined();
    expect(groups("", "a")).toEqual([{ start: 0, end: 0 }]);
  });

  test("may be basic, or pass over case", () => {
    expect(groups("\\(a\\)+", "a+", { isBasic: true })).toEqual([{ start: 0, end: 2 }, { start: 0, end: 1 }]);
    expect(groups("(A)b", "aB", { ignoresCase: true })).toHaveLength(2);
    expect(groups("(A)b", "aB")).toBeUndefined();
  });
});

test("an account has a home, an unknown one none", () => {
  expect(homeOf("root")).toBe("/root");
  expect(homeOf("nobody-of-this-name")).toBeUndefined();
});
