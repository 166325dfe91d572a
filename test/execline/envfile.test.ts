import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseEnvfile } from "../../src/execline/envfile.ts";
import { execline } from "../support/execline-peer.ts";

const SEED = 20261121;
const RUNS = 1500;

const valueIn = (text: string): string | undefined => {
  const parsed = parseEnvfile(`A=${text}`);
  return "variables" in parsed ? parsed.variables[0]?.[1] : undefined;
};

describe("a file of variables", () => {
  test("has blank lines, comments, and variables in their order", () => {
    expect(parseEnvfile("\n # A=1\n\tB = 2 \r\n\nA#=#3\nB=\nC=4")).toEqual({
      variables: [["B", "2"], ["A#", "#3"], ["B", ""], ["C", "4"]],
    });
    expect(parseEnvfile("")).toEqual({ variables: [] });
  });

  test.for([
    ["  a b  ", "a b"], ["a\\\n  b\\ \n", "a  b "], ['a "b  " c', "a b   c"], ["a\\\"\\\\", 'a"\\'], ["'?=", "'?="],
    ['"\\a\\b\\t\\n\\v\\f\\r"', "\x07\b\t\n\v\f\r"], ['"\\x4142\\1234\\q\\8\\\nz"', "A42S4q8z"], ['"\\777"', "\xff"],
  ] as const)("%j is the value %j", ([text, value]) => expect(valueIn(text)).toBe(value));

  test("ends at a NUL, and a value at one that it writes", () => {
    expect(parseEnvfile("A=1\0\nB")).toEqual({ variables: [["A", "1"]] });
    expect(parseEnvfile("A\0=1")).toEqual({ badLine: 1 });
    expect(valueIn('"a\\0B=1"')).toBe("a");
  });

  test.for([
    ["A=1\n\nB", 3], ["A", 1], ["=1", 1], ["A B=1", 1], ["A\\=1", 1], ["A\n=1", 1], ["A=\\q", 1], ["A=\\", 1], ['A="', 1], ['A="\n"', 1],
    ['A="\\x4"', 1], ['A="a\\\nb\n"', 2], ["A=a\\\nb\\q", 2], ['#"\nA=1\nB="x\nC', 3],
  ] as const)("%j has a fault in line %i", ([content, badLine]) => expect(parseEnvfile(content)).toEqual({ badLine }));
});

const piece = fc.constantFrom(
  "A", "B", "_1", "=", "=", " ", "\t", "\r", "\f", "\n", "\n", "#", '"', '"', "\\", "\\\n", '\\"', "\\n", "\\x4f", "\\x9", "\\17", "\\777", "'", "?", "\xe4",
);
const line = fc.tuple(fc.constantFrom("A", "B", " C ", "\xff"), fc.array(piece, { maxLength: 6 })).map(([name, rest]) => `${name}=${rest.join("")}\n`);
const content = fc.array(fc.oneof(line, fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""))), { maxLength: 4 }).map((parts) => parts.join(""));

test(`${RUNS} random files say the same to C's envfile`, () => {
  const different = fc.sample(content, { seed: SEED, numRuns: RUNS }).flatMap((stdin) => {
    const their = execline("envfile", ["-", "/usr/bin/env", "-0"], { stdin });
    const parsed = parseEnvfile(stdin);
    // C's does not count the newline behind the blanks of a value.
    const line = /[ \t\f\r]\n/.test(stdin) ? "[0-9]+" : "badLine" in parsed ? parsed.badLine : "";
    const isSame = "badLine" in parsed
      ? their.exitCode === 1 && new RegExp(`^envfile: fatal: in standard input: syntax error line ${line}\n$`).test(their.stderr)
      : their.exitCode === 0 && their.stdout.split("\0").filter((text) => text !== "").sort().join() === [...new Map(parsed.variables)].map(([name, value]) => `${name}=${value}`).sort().join();
    return isSame ? [] : [{ stdin, their, parsed }];
  });
  expect(different.slice(0, 10)).toEqual([]);
});
