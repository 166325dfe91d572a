import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBlock } from "../../src/execline/block.ts";
import { parseScript, ScriptError } from "../../src/execline/script.ts";

describe("words", () => {
  test.each([
    ["", []], [" \n\t", []], ["# only a comment", []], ["a b", ["a", "b"]], ["a\x01b\x0bc\x1fd\x7fe\x80f\xff", ["a", "b", "c", "d\x7fe\x80f\xff"]], ["a;b|c&d>e'f'*$g", ["a;b|c&d>e'f'*$g"]],
    ["a # b\nc", ["a", "c"]], ["a#b", ["a#b"]], ["# a { \"\nb", ["b"]], ["a\0b {", ["a"]], ["\0", []], ["a\\", "syntax error"], ["\\", []], ["a \\", ["a"]],
    ["a \\\nb", ["a", "b"]], ["a\\\nb", ["a\nb"]], ["\\a", ["a"]], ["\\#", ["#"]], ["\\\"", ['"']], ["\\ a", [" a"]], ["a\\ b", ["a b"]], ["a\\nb", ["anb"]],
  ] as const)("%j", (script, expected) => expect(outcome(script)).toEqual(expected));
});

describe("quotes", () => {
  test.each([
    ['""', [""]], ['"a b"c"d e"', ["a bcd e"]], ['a"b c"', ["ab c"]], ['"a\nb"', ["a\nb"]], ['"#{}"', ["#{}"]], ['"', "syntax error"], ['"a', "syntax error"], ['"a\\', "syntax error"],
    ['"\\a\\b\\t\\n\\v\\f\\r"', ["\x07\b\t\n\v\f\r"]], ['"a\\\nb"', ["ab"]], ['"\\q\\"\\\\\\x41"', ['q"\\x41']],
    ['"\\0x41\\0xf\\0xFF"', ["A\x0f\xff"]], ['"\\0x410"', ["A0"]], ['"\\0101\\07\\012"', ["A\x07\n"]], ['"\\01018"', ["A8"]], ['"\\08"', "syntax error"], ['"\\65\\9"', ["A\t"]], ['"\\1234"', ["{4"]], ['"\\255"', ["\xff"]],
    ['"\\0"', "syntax error"], ['"\\0x"', "syntax error"], ['"\\0xg"', "syntax error"], ['"\\00"', "syntax error"], ['"\\0x00"', "syntax error"], ['"\\256"', "syntax error"], ['"\\0777"', "syntax error"], ['"\\999"', "syntax error"],
  ] as const)("%j", (script, expected) => expect(outcome(script)).toEqual(expected));
});

describe("blocks", () => {
  test.each([
    ["x { a } b", ["x", " a", "", "b"]], ["x { { a } b } c", ["x", "  a", " ", " b", "", "c"]], ['x { "" } z', ["x", " ", "", "z"]], ["x { } z", ["x", "", "z"]], ['x \\{ "}"', ["x", "{", "}"]],
    ["{\na }", [" a", ""]], ["{x} {# }}", ["{x}", "{#", "}}"]], ['}"a"', ["}a"]], ['{"a"', ["{a"]], ["a{ }b", ["a{", "}b"]], ["{ \"{\" }", [" {", ""]], ["{ # }\n}", [""]],
    ["{", "syntax error"], ["a { {", "syntax error"], ["}", "unmatched }"], ["{ } } a", "unmatched }"], ["{ ", "unmatched {"], ["{ { a } ", "unmatched {"], ["{ } \"", "syntax error"],
  ] as const)("%j", (script, expected) => expect(outcome(script)).toEqual(expected));
});

describe("accidents of C, which scripts can see", () => {
  test.each([
    ['"\\065', ["5"]], ['a"b\\0x41', ["abA"]], ['"\\255', ["\xff"]], ['"\\300', "syntax error"], ['"\\065a', "syntax error"], ['"\\065\\a', "syntax error"], ['{ "\\065', "unmatched {"],
    ["{\\x", ["{x"]], ["{ {\\x } b", [" { x", "", "b"]], ["{ }\\x }", [" } x", ""]], ["{ {\\\n b }", [" { b", ""]], ["{ {\\\n }", [" {"]], ["{\\\n{ a }", ["{ a", ""]], ["a {\\", ["a"]], ["a }\\\n", ["a"]],
  ] as const)("%j", (script, expected) => expect(outcome(script)).toEqual(expected));
});

test("what is wrong with a script is an error of its own class", () => expect(() => parseScript("}")).toThrow(ScriptError));

const bytes = fc.array(fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)), { maxLength: 8 }).map((all) => all.join(""));

test("any words, quoted, are the words of the script", () => {
  fc.assert(fc.property(fc.array(bytes), (words) => void expect(parseScript(words.map(quoted).join(" "))).toEqual(words)));
});

type Nested = string | readonly Nested[];
const { nested } = fc.letrec<{ nested: Nested[]; item: Nested }>((tie) => ({
  nested: fc.array(tie("item"), { maxLength: 4 }),
  item: fc.oneof({ depthSize: "small" }, bytes, tie("nested")),
}));

test("any blocks are read again, one level at a time", () => {
  const scriptOf = (items: readonly Nested[]): string => items.map((item) => (typeof item === "string" ? quoted(item) : `{ ${scriptOf(item)} }`)).join(" ");
  const check = (items: readonly Nested[], args: readonly string[]): void => {
    let rest = args;
    for (const item of items) {
      if (typeof item === "string") {
        expect(rest[0]).toBe(item);
        rest = rest.slice(1);
        continue;
      }
      const block = readBlock(rest);
      expect(block.unquoted).toEqual([]);
      check(item, block.words);
      rest = block.rest ?? ["unterminated"];
    }
    expect(rest).toEqual([]);
  };
  fc.assert(fc.property(nested, (items) => check(items, parseScript(scriptOf(items)))));
});

function outcome(script: string): string[] | string {
  try {
    return parseScript(script);
  } catch (error) {
    if (error instanceof ScriptError) return error.message;
    throw error;
  }
}

const quoted = (word: string): string => `"${word.replace(/["\\]|[^a-z]/g, (char) => (/["\\]/.test(char) ? `\\${char}` : `\\0x${char.charCodeAt(0).toString(16).padStart(2, "0")}`))}"`;
