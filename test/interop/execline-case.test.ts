import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const VARIABLES = 'sh -c "env | grep \'^[0-9#]\' | sort"';

test.each([
  "case", "case x", 'case ""', "case x y", "case -z x { } y", "case x { x { echo y } } echo d", "case x { y { echo y } } echo d", "case x { y { echo y } }", "case x { x { } } echo d", "case x { } echo d", "case x { }", "case x { x } echo d", "case x { x echo } echo d",
  "case x { y { a } x } echo d", "case x { y { a } x b } echo d", 'case x { x { echo y } "(" { echo z } } echo d', "case x { x { echo y } y } echo d", "case x { x { nonexistent } } echo d", "case x { y { } } nonexistent", "case x { y { echo 1 } x { echo 2 } .* { echo 3 } } echo d",
  'case foo { "f|o" { echo y } } echo d', 'case xbla { "x|f" { echo y } } echo d', 'case x { "f|y" { echo y } "y|x" { echo z } } echo d', 'case "" { "" { echo y } } echo d', 'case a { "" { echo y } } echo d', 'case a { "^a$" { echo y } } echo d', "case -i FOO { foo { echo y } } echo d",
  "case FOO { foo { echo y } } echo d", 'case -e "a(" { "a(" { echo y } } echo d', 'case a) { a) { echo y } } echo d', 'case -- -x { -x { echo y } } echo d', 'case a { "a\\\\" { echo y } } echo d', "case a.b { a.b { echo y } } echo d", 'case aab { "a{2}b" { echo y } } echo d', 'case -e aab { "a\\\\{2\\\\}b" { echo y } } echo d',
  'case "\\0xff\\0xe4" { "\\0xff[\\0xe4]" { echo y } } echo d', 'case "\\0xff" { . { echo y } } echo d', 'case "\\0xc3\\0xa4" { . { echo one } .. { echo two } } echo d', 'case -i "\\0xe4" { "\\0xc4" { echo y } } echo d', "case é { [[:alpha:]]* { echo y } } echo d",
  `case -N foobar { "(f)(o*)(bar)?" { ${VARIABLES} } } echo d`, `case -N fooar { "(f)(o*)(b)?(ar)" { ${VARIABLES} } } echo d`, `case -N x { x { ${VARIABLES} } } echo d`, `case -Nn x { x { ${VARIABLES} } } echo d`, `case -eN foo { "\\\\(f\\\\)o*" { ${VARIABLES} } } echo d`, `export 1 old case -N x { y { } } ${VARIABLES}`,
  `export 1 old export 5 old export "#" 7 export 0 zero case -N fooar { "(f)(o*)(b)?(ar)" { ${VARIABLES} } } echo d`, `case -N abcdefghijkl { "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)" { ${VARIABLES} } } echo d`, `case -N blaf { "x|(f)" { ${VARIABLES} } } echo d`,
  `case -sN x { x { ${VARIABLES} } } echo d`, "case -sS x. { x. { echo y } } echo d", "case -s ab { a\\\\b { echo y } } echo d", "case x { x { if { true } case y { y { echo deep } } } } echo d",
])("%s", (script) => void sameScript(script));

test.each(["1", "2"])("EXECLINE_STRICT=%s", (strict) => {
  for (const words of ['x  ".*" "  echo" " " "" true', 'x " .*" " echo" " " "" true', 'x " y" " echo" " " " x" "  echo" " y" " " "" true']) sameScript(`case ${words}`, { env: { EXECLINE_STRICT: strict } });
});

test("patterns of file names", () => {
  for (const options of ["-s", "-si", "-sN", "-se", "-seiN"]) {
    for (const value of [".foo", "a/b", "a/.b", "[", "ab", "\\\\"]) {
      sameScript(`case ${options} "${value}" { "[" { echo 1 } a?b { echo 2 } *.b { echo 3 } "\\\\\\\\" { echo 4 } "a[!x]" { echo 5 } *oo { echo 6 } * { echo 7 } } echo d`);
    }
  }
});

test("any expression", () => {
  const text = (alphabet: readonly string[], maxLength: number) => fc.array(fc.constantFrom(...alphabet), { maxLength }).map((parts) => parts.join(""));
  fc.assert(fc.property(text(["a", "b", ".", "*", "|", "(a)", "(b|a)", "[ab]", "a+", "(a*)?"], 6), text(["a", "b"], 6), fc.constantFrom("", "-e", "-i", "-s"), (pattern, value, options) => {
    const script = `case -N ${options} "${value}" { "${pattern}" { ${VARIABLES} } } echo d`;
    const ours = ourScript(script);
    if (!ours.stderr.includes("regcomp")) sameScript(script);
  }), { seed: 20260727, numRuns: 40 });
});

describe("where 2.9.9.2 and we differ from 2.9.3", () => {
  test("a line is no whole value", () => {
    expect(ourScript('case "a\\nfoo\\nb" { foo { echo y } "a.foo.b" { echo all } } echo d').stdout).toBe("all\n");
  });

  test.each([["(", "Unmatched ( or \\("], ["*", "Invalid preceding regular expression"], ["a{1", "Unmatched \\{"], ["[", "Unmatched [, [^, [:, [., or [="]])("a bad expression, %s", (pattern, reason) => {
    expect(ourScript(`case x { y { } "${pattern}" { echo y } } echo d`)).toMatchObject({ exitCode: 100, stdout: "", stderr: `case: fatal: unable to regcomp "^${pattern}$": ${reason}\n` });
  });
});
