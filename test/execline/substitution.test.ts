import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScript } from "../../src/execline/script.ts";
import { positionalValues } from "../../src/execline/positionals.ts";
import { substitute, type Values } from "../../src/execline/substitution.ts";

const VALUES: Values = new Map([["X", ["v"]], ["a b", ["spaced"]], ["L", ["1", "2"]], ["M", ["a", "b"]], ["N", []], ["R", ["$X", "\\", ""]], ["", ["never"]], ["a}b", ["never"]]]);

describe("substitution", () => {
  test.each([
    ["plain", ["plain"]], ["", [""]], ["$X", ["v"]], [`\${X}`, ["v"]], [`a\${X}b$X`, ["avbv"]], ["$X$X", ["vv"]], ["$X}", ["v}"]], ["{$X}", ["{v}"]],
    ["$Xa", ["$Xa"]], ["$X-x", ["$X-x"]], ["$a b", ["spaced"]], ["$a b/", ["$a b/"]], [`\${a b}/`, ["spaced/"]], ["$X/$X", ["$X/v"]], ["$$X", ["$v"]], ["${X", ["${X"]], ["${X$X", ["${Xv"]], [`\${}`, [`\${}`]], [`\${a}b}`, [`\${a}b}`]], ["$", ["$"]], ["$unknown", ["$unknown"]],
    ["\\$X", ["$X"]], ["\\\\$X", ["\\v"]], [`\\\\\\\${X}`, [`\\\${X}`]], ["\\\\\\\\$X", ["\\\\v"]], ["\\\\$unknown", ["\\\\$unknown"]], ["\\a\\$X", ["\\a$X"]], [`\${X}\\$X`, ["v$X"]], ["\\$X$X", ["$Xv"]], ["$X\\", ["v\\"]], ["\\", ["\\"]], [`\${X\\}`, [`\${X\\}`]],
    ["<$L", ["<1", "<2"]], [`<\${L}>`, ["<1>", "<2>"]], [`\${L}\${M}`, ["1a", "1b", "2a", "2b"]], [`\${L}-\${X}-\${L}`, ["1-v-1", "1-v-2", "2-v-1", "2-v-2"]], [`\${N}`, []], [`a\${N}\${L}`, []], [`\\\${N}`, [`\${N}`]], [`\\\\\${N}`, []],
    [`\${R}`, ["$X", "\\", ""]], [`\${R}$X`, ["$Xv", "\\v", "v"]], [` \${R}`, [" $X", " \\", " "]],
  ] as const)("%j", (arg, expected) => expect(substitute([arg], VALUES)).toEqual(expected));

  test("every argument by itself", () => expect(substitute(["$N", "a", "$L", "$X"], VALUES)).toEqual(["a", "1", "2", "v"]));

  test("no value ends a block", () => {
    const args = substitute(parseScript(`x { $1 \${2} } y`), positionalValues("script", ["", "}"], 2));
    expect(args).toEqual(["x", " ", " }", "", "y"]);
  });

  test("a list without words costs nothing, however many combinations were before it", () => expect(substitute([`${`\${L}`.repeat(60)}$N`], VALUES)).toEqual([]));

  test("many backslashes and unknown keys are looked at once", () => {
    const text = `${"\\".repeat(200_000)}${"$y\\".repeat(100_000)}`;
    expect(substitute([text], VALUES)).toEqual([text]);
  });

  test("what a slower reading of the rules says", () => {
    const fragment = fc.constantFrom("$", "{", "}", "\\", "$X", `\${X}`, `\${L}`, "$M", `\${N}`, `\${R}`, "X", "a b", "$a b", "\\$X", " ");
    const args = fc.array(fc.array(fragment, { maxLength: 9 }).map((all) => all.join("")), { maxLength: 3 });
    fc.assert(fc.property(args, (all) => void expect(substitute(all, VALUES)).toEqual(all.flatMap(slowly))), { numRuns: 1000 });
  });
});

/** From the left: what stands first, before all that follows from the rest. */
function slowly(text: string): string[] {
  if (text === "") return [""];
  const before = (heads: readonly string[], rest: string): string[] => heads.flatMap((head) => slowly(rest).map((tail) => head + tail));
  let escapes = 0;
  while (text[escapes] === "\\") escapes++;
  const reference = referenceOf(text.slice(escapes));
  const words = reference === undefined ? undefined : VALUES.get(reference.key);
  if (reference === undefined || words === undefined) return before([text.slice(0, escapes + 1)], text.slice(escapes + 1));
  const kept = "\\".repeat((escapes - (escapes % 2)) / 2);
  const literal = text.slice(escapes, escapes + reference.size);
  return before((escapes % 2 === 1 ? [literal] : words).map((word) => kept + word), text.slice(escapes + reference.size));
}

function referenceOf(text: string): { readonly key: string; readonly size: number } | undefined {
  if (text[0] !== "$") return undefined;
  const braced = text[1] === "{";
  const start = braced ? 2 : 1;
  let end = start;
  while (end < text.length && !`\\\${}`.includes(text.charAt(end))) end++;
  if (end === start || (braced && text[end] !== "}")) return undefined;
  return { key: text.slice(start, end), size: braced ? end + 1 : end };
}

describe("positional parameters", () => {
  const shown = (values: Values): Record<string, readonly string[]> =>
    Object.fromEntries(["#", "@", "0", "1", "2", "3", "4", "01", ""].flatMap((key) => (values.get(key) === undefined ? [] : [[key, values.get(key) ?? []]])));

  test("are there, at least as many as are asked for", () => {
    expect(shown(positionalValues("p", ["a", "b"], 1))).toEqual({ "#": ["2"], "@": ["a", "b"], 0: ["p"], 1: ["a"], 2: ["b"] });
    expect(shown(positionalValues("p", ["a"], 3))).toEqual({ "#": ["1"], "@": ["a"], 0: ["p"], 1: ["a"], 2: [""], 3: [""] });
    expect(shown(positionalValues("p", [], 0))).toEqual({ "#": ["0"], "@": [], 0: ["p"] });
  });

  test("$@ can begin further on", () => {
    expect(shown(positionalValues("p", ["a", "b"], 1, 1))).toEqual({ "#": ["2"], "@": ["b"], 0: ["p"], 1: ["a"], 2: ["b"] });
    expect(positionalValues("p", ["a"], 2, 2).get("@")).toEqual([]);
  });

  test("one that was not promised is text", () => expect(substitute(["$1", "$2", "$3"], positionalValues("p", ["a"], 2))).toEqual(["a", "", "$3"]));
});
