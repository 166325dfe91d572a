import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isElgetopt, isOwn, isPositional, pop, push, type Variables } from "../../src/execline/environment-stack.ts";

function changed(change: typeof push, owns: (name: string) => boolean, before: Readonly<Record<string, string>>): Record<string, string> {
  const map = new Map(Object.entries(before));
  const variables: Variables = {
    names: () => map.keys(),
    get: (name) => map.get(name),
    set: (name, value) => void (value === undefined ? map.delete(name) : map.set(name, value)),
  };
  change(variables, owns);
  return Object.fromEntries(map);
}

describe("push", () => {
  test("every level goes one down, in one pass", () => {
    expect(changed(push, isPositional, { "#": "1", 0: "p", "0:1": "q", "0:2": "r", "0abc": "s", PATH: "t" }))
      .toEqual({ "#:1": "1", "0:1": "p", "0:2": "q", "0:3": "r", "0abc:1": "s", PATH: "t" });
  });

  test("what has no number behind its colon stays", () => {
    const others = { "1:x": "a", "1:": "b", "1:2:3": "c", "1:-1": "d", "1:4294967296": "e" };
    expect(changed(push, isPositional, others)).toEqual(others);
    expect(changed(pop, isPositional, others)).toEqual(others);
  });

  test("of two that arrive at one name the first counts", () => expect(changed(push, isPositional, { "1:01": "a", "1:1": "b" })).toEqual({ "1:2": "a" }));
  test("the deepest comes round, as in C", () => expect(changed(push, isPositional, { "1:4294967295": "a" })).toEqual({ "1:0": "a" }));
});

describe("pop", () => {
  test("every level comes up, the uppermost is lost", () => {
    expect(changed(pop, isElgetopt, { ELGETOPT_a: "1", "ELGETOPT_a:1": "2", "ELGETOPT_a:2": "3", "ELGETOPT_b": "4", 0: "p", "ELGETOPT_c:0": "5" }))
      .toEqual({ ELGETOPT_a: "2", "ELGETOPT_a:1": "3", 0: "p", "ELGETOPT_c:0": "5" });
  });

  test("brings back what was pushed", () => {
    const name = fc.tuple(fc.constantFrom("#", "0", "1", "12", "0abc", "X"), fc.constantFrom("", ":1", ":2", ":10")).map(([base, depth]) => base + depth);
    fc.assert(fc.property(fc.dictionary(name, fc.string()), (before) => {
      expect(changed(pop, isPositional, changed(push, isPositional, before))).toEqual(before);
    }));
  });
});

test("whose a variable is", () => {
  const names = ["!", "?", "#", "0", "12", "FD0", "FD", "FDx", "ELGETOPT_", "ELGETOPT", "EXECLINE_STRICT", "EXECLINE_X", "1a", "#x", "!x", "PATH"];
  expect(names.filter(isOwn)).toEqual(["!", "?", "#", "0", "12", "FD0", "ELGETOPT_", "EXECLINE_STRICT"]);
  expect(names.filter(isPositional)).toEqual(["#", "0", "12", "1a", "#x"]);
  expect(names.filter(isElgetopt)).toEqual(["ELGETOPT_"]);
});
