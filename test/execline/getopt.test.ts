import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { elgetopt } from "../../src/execline/getopt.ts";
import { batch, EXECLINE_BIN } from "../support/execline-peer.ts";

const SEED = 20261121;
const RUNS = 2500;

const fine = (options: readonly (readonly [string, string])[], ...rest: readonly string[]): object => ({ options, rest, complaints: [] });

describe("positional options", () => {
  test("come alone, together, and with their argument in the same word or in the next one", () => {
    expect(elgetopt("abc:", ["-a", "-ba", "-cx", "-bc", "-y", "z"], "1")).toEqual(
      fine([["a", "1"], ["b", "1"], ["a", "1"], ["c", "x"], ["b", "1"], ["c", "-y"]], "z"),
    );
  });

  test("end at a word that is none, at -, and behind --", () => {
    expect(elgetopt("a", ["-a", "x", "-a"], "1")).toEqual(fine([["a", "1"]], "x", "-a"));
    expect(elgetopt("a", ["-", "-a"], "1")).toEqual(fine([], "-", "-a"));
    expect(elgetopt("a", ["--", "--", "-a"], "1")).toEqual(fine([], "--", "-a"));
    expect(elgetopt("a", ["", "-a"], "1")).toEqual(fine([], "", "-a"));
  });

  test("may have an empty argument, or --", () => {
    expect(elgetopt("a:", ["-a", "", "-a", "--"], "1")).toEqual(fine([["a", ""], ["a", "--"]]));
  });

  test("that are unknown, or lack their argument, are problems", () => {
    expect(elgetopt("ab:", ["-ac"], "1")).toEqual({ problem: "illegal option", letter: "c", complaints: [] });
    expect(elgetopt("ab:", ["-ab"], "1")).toEqual({ problem: "option requires an argument", letter: "b", complaints: [] });
    expect(elgetopt("a", ["-a-"], "1")).toEqual({ problem: "illegal option", letter: "-", complaints: [] });
  });

  test("with a colon in front of their letters go on without an argument, under protest", () => {
    expect(elgetopt(":a:", ["-a"], "yes")).toEqual({ options: [[":", "yes"]], rest: [], complaints: ["option requires an argument"] });
  });
});

const optstring = fc.oneof(
  fc.constantFrom("ab:", "a:b", "ab", "a-:", ":ab:"),
  fc.array(fc.constantFrom("a", "b", "-", ":", "?", "="), { maxLength: 6 }).map((letters) => letters.join(""))
    // What C's says of an option ? that has an argument is an accident.
    .filter((letters) => !letters.includes("?:")),
);
const word = fc.oneof(
  fc.constantFrom("-a", "-b", "-ab", "-ba", "-bx", "--", "-", "", "x"),
  fc.array(fc.constantFrom("a", "b", "-", ":", "?", "=", "c"), { maxLength: 4 }).map((letters) => `-${letters.join("")}`),
);

test(`${RUNS} random lines of options are read as C's elgetopt reads them`, () => {
  const cases = fc.sample(fc.tuple(optstring, fc.array(word, { maxLength: 4 })), { seed: SEED, numRuns: RUNS });
  const theirs = batch("/usr/bin/env", cases.map(([letters, args]) => [
    "-i", `#=${args.length}`, "0=me", ...args.map((text, index) => `${index + 1}=${text}`),
    `${EXECLINE_BIN}/elgetopt`, "-D", "given", "--", letters, "/usr/bin/env",
  ]));
  const different = cases.flatMap(([letters, args], index) => {
    const read = elgetopt(letters, args, "given");
    const [exitCode, said] = theirs[index] ?? [];
    const lines = "problem" in read ? [...read.complaints, read.problem].map((problem) => `me: ${problem}`) : [
      ...read.complaints.map((complaint) => `me: ${complaint}`), `#=${read.rest.length}`, "0=me",
      ...read.rest.map((text, at) => `${at + 1}=${text}`), ...[...new Map(read.options)].map(([letter, value]) => `ELGETOPT_${letter}=${value}`),
    ];
    const isSame = exitCode === ("problem" in read ? 1 : 0) && said?.split("\n").sort().join("\n") === lines.sort().join("\n");
    return isSame ? [] : [{ letters, args, read, exitCode, said }];
  });
  expect(different.slice(0, 10)).toEqual([]);
});
