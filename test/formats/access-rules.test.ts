import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessRule, entryOf, MOST_ENV_BYTES, MOST_EXEC_BYTES, parseEntry, RuleError, ruleKeys } from "../../src/formats/access-rules.ts";
import { fuzzRuns } from "../support/fuzz.ts";

const bytes = (text: string): string => Buffer.from(text).toString("latin1");
const name = fc.string({ minLength: 1, maxLength: 8 }).map(bytes).filter((text) => !/[=\0]/.test(text));
const value = fc.option(fc.string({ maxLength: 20 }).map((text) => bytes(text).replaceAll("\0", "\n")), { nil: undefined });
const rule: fc.Arbitrary<AccessRule> = fc.oneof(
  fc.constant({ type: "deny" } as const),
  fc.record({ type: fc.constant("allow" as const), env: fc.array(fc.tuple(name, value), { maxLength: 6 }), exec: fc.option(fc.string({ minLength: 1, maxLength: 50 }).map(bytes), { nil: undefined }) }),
);

test("a rule comes out of its entry as it went in", () => {
  fc.assert(fc.property(rule, (made) => {
    expect(parseEntry(entryOf(made))).toEqual(made);
  }));
});

test("the entry of the documentation", () => {
  const made = { type: "allow", env: [["FOO", "bar"], ["DELME", undefined]], exec: undefined } as const;
  expect(Buffer.from(entryOf(made), "latin1").toString("hex")).toBe(`41000e${Buffer.from("FOO=bar\0DELME\0").toString("hex")}0000`);
});

test("self comes before the number, users before groups, and the default last", () => {
  const client = { uid: 3, gid: 4 };
  expect(ruleKeys(client, client)).toEqual(["uid/self", "uid/3", "gid/self", "gid/4", "uid/default"]);
  expect(ruleKeys(client, { uid: 3, gid: 0 })).toEqual(["uid/self", "uid/3", "gid/4", "uid/default"]);
  expect(ruleKeys(client, { uid: 0, gid: 0 })).toEqual(["uid/3", "gid/4", "uid/default"]);
});

const uint16 = (value: number): string => String.fromCharCode(value >> 8, value & 0xff);
const allow = (env: string, exec: string, envLength = env.length, execLength = exec.length): string => `A${uint16(envLength)}${env}${uint16(execLength)}${exec}`;

test.each([
  ["nothing", ""],
  ["a letter", "A"],
  ["half a length", "A\0"],
  ["no length of exec", "A\0\0"],
  ["more environment than there is", allow("A=b\0", "", 5)],
  ["more exec than there is", allow("", "x", 0, 2)],
  ["something behind exec", allow("", "x", 0, 0)],
  ["an environment without its last NUL", allow("A=b", "")],
  ["a variable without a name", allow("=b\0", "")],
  ["an empty variable", allow("A=b\0\0", "")],
  ["too much environment", allow(`A=${"b".repeat(MOST_ENV_BYTES)}\0`, "")],
  ["too much exec", allow("", "x".repeat(MOST_EXEC_BYTES + 1))],
])("an entry with %s lets nobody in", (_, entry) => {
  expect(() => parseEntry(entry)).toThrow(RuleError);
});

test("limits are part of what is allowed", () => {
  const env = `A=${"b".repeat(MOST_ENV_BYTES - 3)}\0`;
  const exec = "x".repeat(MOST_EXEC_BYTES);
  expect(parseEntry(allow(env, exec))).toMatchObject({ type: "allow", exec });
  expect(() => entryOf({ type: "allow", env: [["A", "b".repeat(MOST_ENV_BYTES)]], exec: undefined })).toThrow(RangeError);
});

test("what begins with another letter is no rule; what begins with D is a refusal", () => {
  expect(parseEntry("X")).toBeUndefined();
  expect(parseEntry("D")).toEqual({ type: "deny" });
});

test("random bytes are a rule, none, or an error of our own", () => {
  const entry = fc.uint8Array({ maxLength: 40 }).chain((tail) => fc.constantFrom("", "A", "A\0", "A\0\0").map((head) => head + Buffer.from(tail).toString("latin1")));
  fc.assert(fc.property(entry, (text) => {
    try {
      const parsed = parseEntry(text);
      if (parsed?.type === "allow") expect(text.startsWith("A")).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(RuleError);
    }
  }), { numRuns: fuzzRuns() });
});
