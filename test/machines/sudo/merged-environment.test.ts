import fc from "fast-check";
import { expect, test } from "vitest";
import { mergedEnvironment } from "../../../src/machines/sudo/merged-environment.ts";

test("a variable that is set but empty takes the client's value, in its place", () => {
  expect(mergedEnvironment(["A=1", "B=", "C=3"], ["A=x", "B=y", "C=z", "D=w"])).toEqual(["A=1", "B=y", "C=3"]);
});

test("a name is the whole name", () => {
  expect(mergedEnvironment(["AB=", "A=", "=", "no variable"], ["A=x", "ABC=y", "=z", "no variable=1"])).toEqual(["AB=", "A=x", "=z", "no variable"]);
});

test("of variables that stand twice, the first of ours is looked at, and the first of the client's that is not empty counts", () => {
  expect(mergedEnvironment(["A=", "A=", "B=1", "B="], ["A=", "A=x", "A=y", "B=z"])).toEqual(["A=x", "A=", "B=1", "B="]);
});

/** Word for word what s6 does. */
function reference(own: readonly string[], client: readonly string[]): readonly string[] {
  const merged = [...own];
  for (const entry of client) {
    const head = entry.slice(0, entry.indexOf("=") + 1);
    const index = merged.findIndex((other) => other.startsWith(head));
    if (index >= 0 && merged[index] === head) merged[index] = entry;
  }
  return merged;
}

test("it is what s6 does, variable by variable", () => {
  const entry = fc.tuple(fc.constantFrom("A", "B", "AB", ""), fc.constantFrom("", "", "1", "=", "2=")).map(([name, value]) => `${name}=${value}`);
  const odd = fc.constantFrom("A", "", "B");
  fc.assert(fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: entry }, odd), { maxLength: 8 }), fc.array(entry, { maxLength: 8 }), (own, client) => {
    expect(mergedEnvironment(own, client)).toEqual(reference(own, client));
  }), { numRuns: 2000 });
});
