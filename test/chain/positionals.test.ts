import { describe, expect, test } from "vitest";
import { compileChain } from "../../src/chain/compile.ts";
import { parseElgetopt } from "../../src/chain/elgetopt.ts";
import { Environment } from "../../src/chain/environment.ts";
import { movePositionals, positionalBlock, replacePositionals } from "../../src/chain/positional-variables.ts";
import { parseShift, shiftPositionals } from "../../src/chain/shift.ts";
import { STATE_PROGRAMS } from "../../src/chain/state-programs.ts";
import { UsageError } from "../../src/cli/failures.ts";

const silent = { warn: () => undefined, say: () => undefined };
const environmentOf = (...args: readonly string[]): Environment => new Environment(["0=name", `#=${args.length}`, ...args.map((arg, index) => `${index + 1}=${arg}`)]);
const sorted = (environment: Environment): readonly string[] => [...environment.texts()].sort();

describe("command lines", () => {
  test.each([
    [["a"], { words: 1, blocks: 0 }], [["-n3", "a"], { words: 3, blocks: 0 }], [["-b", "2", "a"], { words: 0, blocks: 2 }], [["-b0", "a"], { words: 0, blocks: 0 }], [["-b1", "-n", "4", "a"], { words: 4, blocks: 1 }],
  ])("shift %j", (args, wish) => expect(parseShift(args)).toEqual({ operations: [{ type: "shift", ...wish }], rest: ["a"] }));

  test("elgetopt", () => {
    expect(parseElgetopt(["-D", "x", "ab:", "prog", "-a"])).toEqual({ operations: [{ type: "getopt", optstring: "ab:", flagValue: "x" }], rest: ["prog", "-a"] });
    expect(parseElgetopt(["", "prog"]).operations).toEqual([{ type: "getopt", optstring: "", flagValue: "1" }]);
    for (const args of [[], ["ab"], ["-D", "ab"]]) expect(() => parseElgetopt(args)).toThrow(UsageError);
  });
});

describe("positional variables", () => {
  test("move down, and only those that # counts", () => {
    const environment = new Environment(["#=03", "1=a", "3=c", "4=d", "01=e", "1:1=f"]);
    movePositionals(environment, 1);
    expect(sorted(environment)).toEqual(["#=2", "01=e", "1:1=f", "2=c", "4=d"]);
  });

  test("are replaced", () => {
    const environment = environmentOf("a", "b", "c");
    replacePositionals(environment, ["x"]);
    expect(sorted(environment)).toEqual(["#=1", "0=name", "1=x"]);
  });

  test("are read as blocks", () => {
    const environment = environmentOf(" a", "b", "", " c");
    const said: string[] = [];
    expect(positionalBlock(environment, 1, 7, (text) => said.push(text))).toEqual({ words: ["a", "b"], next: 4 });
    expect(said).toEqual(["unquoted positional b at block 7 position 2"]);
    expect(positionalBlock(environment, 4, 8, () => undefined)).toBeUndefined();
  });

  test("are not looked for one by one where there can't be so many", () => {
    const environment = new Environment(["#=4000000000", "3999999999=x"]);
    shiftPositionals(environment, { type: "shift", words: 3999999998, blocks: 0 }, silent);
    expect(sorted(environment)).toEqual(["#=2", "1=x"]);
  });
});

describe("a supervisor", () => {
  const sys = {
    areAccountsLocal: () => true, getegid: () => 0, geteuid: () => 0, groupByName: () => undefined, groupsOf: () => [], mayRead: () => true, readFileIfPresent: () => undefined, readPlainFilesOf: () => [], statIfPresent: () => undefined, userByName: () => undefined,
    ownProgramFor: (name: string) => (STATE_PROGRAMS.has(name) ? name : undefined),
  };
  const compile = (environment: Environment, ...words: readonly string[]) =>
    compileChain(words[0] ?? "", words, { sys, dirFd: 9, environment: environment.texts(), programs: STATE_PROGRAMS, parsed: new Map() });

  test("knows what becomes of them", () => {
    const { chain, links } = compile(environmentOf("a", "-vo", "out", "rest"), "shift", "elgetopt", "vo:", "prog");
    expect(links).toHaveLength(2);
    expect([...chain.end.environment].sort()).toEqual(["#=1", "0=name", "1=rest", "ELGETOPT_o=out", "ELGETOPT_v=1"]);
  });

  test.each([["shift", "-n", "5"], ["shift", "-b", "1"], ["elgetopt", "x"], ["elgetopt", ":a:"]])("leaves complaints to the program: %s %s %s", (...words) => {
    const environment = environmentOf("-a");
    environment.set("EXECLINE_STRICT", "1");
    expect(compile(environment, ...words, "prog")).toMatchObject({ links: [], words: [...words, "prog"] });
  });
});
