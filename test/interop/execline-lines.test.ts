import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const INPUTS = ["", "\n", "a\nb\n", "a\nb", "a\n\n\nb\n", "\0b\nc\0d\n", "a b:c ", "1:a,0:,2:bc,", "1:a,2:bc", "1:a,2bc", "x", "3xyz:\n", ":x,", "03:xyz,3:x:z,\n", "99999999999:xyz:\n", "3:xyz,\n", "\xff\x80\n\x01\n", "1:\0,2:\0a,"];
const LINES = ["", "-N", "-C", "-0", "-0N", '-d ": "', '-Nd ": "', '-d ""', '-CN -d ""', '-0 -d "" -d "\\n"', '-d "" -0'];

describe("lines", () => {
  test.each(LINES)("%j", (options) => {
    // Netstrings are nothing special to the others.
    for (const stdin of INPUTS) if (options.includes('""') || !/^[0-9x:]/.test(stdin)) sameScript(`forstdin ${options} X sh -c "printf '<%s>' \\"$X\\""`, { stdin });
  });

  test("of any kind", () => {
    const bytes = fc.array(fc.constantFrom("a", "\n", "\0", ":", "1", ",", "2", " ", "\xe4"), { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(fc.property(bytes, fc.constantFrom(...LINES), (stdin, options) => void sameScript(`forstdin ${options} X sh -c "printf '<%s>' \\"$X\\""`, { stdin })), { seed: 20260727, numRuns: 20 });
  });
});

test("-CN keeps a last line of one byte that nothing ends; Debian's loses it", () => {
  expect(ourScript('forstdin -CN X sh -c "printf \'<%s>\' \\"$X\\""', { stdin: "a\n\nb" }).stdout).toBe("<a\n><b>");
});
