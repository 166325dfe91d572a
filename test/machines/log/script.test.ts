import { describe, expect, test } from "vitest";
import { type Action, parseScript, ScriptError, selectLines } from "../../../src/machines/log/script.ts";

const parse = (...words: string[]) => parseScript(words, (expression) => (expression.includes("(") ? undefined : expression));
const actions = (...words: string[]): Action[] => parse(...words).stanzas.flatMap((stanza) => stanza.actions);

describe("a logging script", () => {
  test("has settings that stay, and stamps that are for the next action only", () => {
    expect(actions("n3", "s5000", "l100", "t", "T", "pfoo:", "./a", "R60", "./b")).toEqual([
      { type: "logdir", path: "./a", tai64n: true, iso: true, prefix: "foo:", archives: 3, fileBytes: 5000, tolerance: 100, totalBytes: 0, retryMs: 2000, periodSeconds: 0, processor: undefined },
      { type: "logdir", path: "./b", tai64n: false, iso: false, prefix: "foo:", archives: 3, fileBytes: 5000, tolerance: 100, totalBytes: 0, retryMs: 2000, periodSeconds: 60, processor: undefined },
    ]);
  });

  test("has processors for the directories behind them, until another one or none", () => {
    const found = actions("?gzip", "1", "./a", "./b", "!xz -9", "./c", "!", "./d").filter((action) => action.type === "logdir");
    expect(found.map(({ processor }) => processor)).toEqual([
      { command: "gzip", shell: "sh" }, { command: "gzip", shell: "sh" }, { command: "xz -9", shell: "execline" }, undefined,
    ]);
  });

  test("keeps sizes between their bounds", () => {
    expect(actions("s1", "./a", "s999999999", "./b").map((action) => (action.type === "logdir" ? action.fileBytes : 0))).toEqual([4096, 268_435_455]);
  });

  test.each<[string[], string]>([
    [["x"], "unrecognized directive: x"],
    [["n", "1"], "unrecognized directive: n"],
    [["+(", "1"], "unrecognized directive: +("],
    [["tt", "1"], "syntax error at directive: tt"],
    [["="], "syntax error at directive: ="],
    [["n5", "t"], "no action directive specified"],
    [["s4096", "l2049", "1"], "directive l2049 conflicts with previous s directive"],
  ])("%j is refused", (words, message) => {
    expect(() => parse(...words)).toThrow(new ScriptError(message));
  });

  test("that ends with directives for nobody says so", () => {
    expect([parse("1", "+a").isLoose, parse("+a", "1", "n5").isLoose]).toEqual([true, false]);
  });
});

test("the selection is carried from stanza to stanza, and f takes what nobody had", () => {
  const { stanzas } = parse("-", "+a", "1", "+b", "2", "f", "=rest");
  const lines = ["a", "b", "c", "ab"];
  const chosen = selectLines(stanzas, lines.length, (pattern, selected, value) => {
    for (const [index, line] of lines.entries()) if (line.includes(pattern)) selected[index] = value;
  });
  expect(chosen.map((selected) => lines.filter((_, index) => selected[index] === 1))).toEqual([["a", "ab"], ["a", "b", "ab"], ["c"]]);
});
