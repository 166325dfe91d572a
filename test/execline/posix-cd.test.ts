import { mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { type CdDecision, type CdRequest, decideCd } from "../../src/execline/posix-cd.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { batch, EXECLINE_BIN } from "../support/execline-peer.ts";

const SEED = 20261121;
const RUNS = 1500;

const DIRECTORIES = ["/", "/home", "/w", "/w/a", "/w/a/b", "/w/c", "/w/ln"];
const decide = (operand: string | undefined, env: CdRequest["env"] = {}, isPhysical = false): CdDecision =>
  decideCd({ operand, isPhysical, env: { PWD: "/w", ...env }, cwd: "/w" }, (path) => DIRECTORIES.includes(resolve("/w", path)));

describe("posix-cd", () => {
  test("goes home, back, or where it is told to", () => {
    expect(decide(undefined, { HOME: "/home" })).toMatchObject({ directory: "/home", pwd: { name: "/home" }, prints: undefined, oldPwd: "/w" });
    expect(decide("-", { OLDPWD: "/w/c" })).toMatchObject({ directory: "/w/c", prints: { name: "/w/c" } });
    expect(decide("a")).toMatchObject({ directory: "/w/a", named: "a", pwd: { name: "/w/a" } });
  });

  test("refuses to go nowhere", () => {
    expect([decide(undefined), decide("-", { OLDPWD: "" }), decide("")]).toEqual(Array(3).fill({ type: "usage" }));
  });

  test("goes by names, unless it is to go by what is there", () => {
    expect(decide("ln/../c//.")).toMatchObject({ directory: "/w/c" });
    expect(decide("../../..")).toMatchObject({ directory: "/" });
    expect(decide("ln/..", {}, true)).toMatchObject({ directory: "ln/..", pwd: "physical" });
    expect(decide("a/..", { PWD: "" })).toMatchObject({ directory: ".", pwd: "physical" });
  });

  test("comes back from directories only", () => {
    expect(decide("none/../a")).toEqual({ type: "broken", path: "/w/none/../a", component: "/w/none" });
  });

  test("looks where CDPATH says, and tells what it found", () => {
    expect(decide("b", { CDPATH: "/none:a:c" })).toMatchObject({ directory: "/w/a/b", prints: { name: "/w/a/b" } });
    expect(decide("a", { CDPATH: ":/none" })).toMatchObject({ directory: "/w/a", prints: { name: "/w/a" } });
    expect(decide("b", { CDPATH: "c:/none:" })).toMatchObject({ directory: "/none/b", named: "b" });
    for (const operand of ["./b", "..", "/w/b"]) expect(decide(operand, { CDPATH: "a" })).toMatchObject({ prints: undefined });
  });
});

const path = fc.array(fc.constantFrom("a", "b", "c", "ln", "file", "none", ".", "..", ".."), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));
const place = fc.oneof(path, fc.constantFrom("", "-", "/", "//", "a/", "ROOT", "ROOT/ln", "ROOT/ln/", "ROOT/a/../c", "/etc"));
const request = fc.record({
  operand: fc.option(place, { nil: undefined }),
  isPhysical: fc.boolean(),
  HOME: fc.option(place, { nil: undefined }),
  OLDPWD: fc.option(place, { nil: undefined }),
  CDPATH: fc.option(fc.array(place, { maxLength: 3 }).map((places) => places.join(":")), { nil: undefined, freq: 1 }),
  PWD: fc.oneof({ weight: 3, arbitrary: fc.constant("ROOT") }, fc.option(place, { nil: undefined })),
});

test(`${RUNS} random ways lead where C's posix-cd leads`, () => {
  const cwd = realpathSync(makeTempDirectory());
  for (const name of ["a/b", "c/a"]) mkdirSync(join(cwd, name), { recursive: true });
  symlinkSync("a/b", join(cwd, "ln"));
  writeFileSync(join(cwd, "file"), "");
  /** join() and resolve() would take a ".." for what -P does not. */
  const real = (name: string): string => (name.startsWith("/") ? name : `${cwd}/${name}`);
  const isDirectory = (name: string): boolean => statted(real(name))?.isDirectory() ?? false;
  const cases = fc.sample(request, { seed: SEED, numRuns: RUNS }).map(({ operand, isPhysical, ...env }): CdRequest => {
    const rooted = (text: string): string => text.replaceAll("ROOT", cwd);
    const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, rooted(value)] as const]));
    return { operand: operand === undefined ? undefined : rooted(operand), isPhysical, env: Object.fromEntries(set), cwd };
  });
  // A program can follow an operand only.
  const theirs = batch("/usr/bin/env", cases.map(({ operand, isPhysical, env }) => [
    "-i", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), `${EXECLINE_BIN}/posix-cd`, isPhysical ? "-P" : "-L",
    ...(operand === undefined ? [] : [operand, "/bin/sh", "-c", '/bin/pwd -P; /usr/bin/env | /bin/grep -E "^(OLD)?PWD=" | /usr/bin/sort']),
  ]), { cwd });
  const different = cases.flatMap((asked, index) => {
    const mine = expected(asked, decideCd(asked, isDirectory));
    const their = theirs[index]?.join(" ") ?? "";
    return their.startsWith(mine) ? [] : [{ asked, mine, their }];
  });
  expect(different.slice(0, 10)).toEqual([]);

  function expected({ operand }: CdRequest, decision: CdDecision): string {
    switch (decision.type) {
      case "usage": return "100 posix-cd: usage:";
      case "broken": return `111 posix-cd: fatal: unable to canonicalize ${decision.path}: problem with ${decision.component}: `;
      case "go": {
        if (!isDirectory(decision.directory)) return `111 posix-cd: fatal: unable to chdir to ${decision.named}: `;
        const physical = realpathSync.native(real(decision.directory));
        const name = (at: { readonly name: string } | "physical"): string => (at === "physical" ? physical : at.name);
        const printed = decision.prints === undefined ? "" : `${name(decision.prints)}\n`;
        if (operand === undefined) return `0 ${printed.trimEnd()}`;
        return `0 ${printed}${physical}\nOLDPWD=${decision.oldPwd}\nPWD=${name(decision.pwd)}`;
      }
    }
  }
});

function statted(name: string): ReturnType<typeof statSync> {
  try {
    return statSync(name);
  } catch {
    return undefined;
  }
}
