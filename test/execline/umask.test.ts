import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseUmask, parseUmaskPrefix, umaskSymbols, umaskText } from "../../src/execline/umask.ts";
import { batch, EXECLINE_BIN } from "../support/execline-peer.ts";

const SEED = 20261121;
const RUNS = 2000;

describe("a mask", () => {
  test("is printed as digits and as what it allows", () => {
    expect([0o022, 0, 0o777].map(umaskText)).toEqual(["0022", "0000", "0777"]);
    expect([0o022, 0o007, 0o777].map(umaskSymbols)).toEqual(["u=rwx,g=rx,o=rx", "u=rwx,g=rwx,o=", "u=,g=,o="]);
  });

  test("in octal has no more than nine bits that count", () => {
    expect(parseUmask("7022", 0)).toBe(0o022);
    expect(parseUmask("40000000000", 0)).toBeUndefined();
    expect(parseUmask("78", 0)).toBeUndefined();
  });

  test("for execline-umask is the digits that the text begins with", () => {
    expect(["77x", "0", "12345670123456", "8", "", "-7"].map(parseUmaskPrefix)).toEqual([0o077, 0, 0o123, undefined, undefined, undefined]);
  });

  test.for([
    ["g+w", 0o002], ["go-rwx", 0o077], ["u=r+w,o-x", 0o123], ["-w", 0o222], ["g=u", 0o002], ["=", 0o777], ["", 0o022],
    ["u=rwx,g=rx,o=", 0o027], ["u", 0o022], ["a+r,", 0o022],
  ] as const)("in symbols may change another: %s", ([text, mask]) => expect(parseUmask(text, 0o022)).toBe(mask));

  test.for(["x", "u=rz", "=u", "g=uw", "u,x", "0x7", "+7", " 022"])("%j is none", (text) => expect(parseUmask(text, 0o022)).toBeUndefined());

  test("in symbols is read as it is printed", () => {
    for (let mask = 0; mask <= 0o777; mask++) expect(parseUmask(umaskSymbols(mask), 0o421)).toBe(mask);
  });
});

const clause = fc.tuple(
  fc.constantFrom("", "u", "g", "o", "a", "ug", "go"),
  fc.array(fc.tuple(fc.constantFrom("+", "-", "="), fc.constantFrom("r", "w", "x", "rw", "rwx", "X", "s", "u", "g", "o", "", "z")), { maxLength: 2 }),
).map(([who, actions]) => who + actions.flat().join(""));
const mode = fc.oneof(
  fc.array(clause, { maxLength: 3 }).map((clauses) => clauses.join(",")),
  fc.constantFrom("0", "77", "0777", "1777", "8", "77x", "37777777777", "40000000000", "12345670123456"),
);
/** C's leaves the rights of somebody who is to have none as they are, mostly. */
const isPassedOver = (text: string): boolean => /=(?![rwxXstugo])/.test(text);

test(`${RUNS} random masks are what C's posix-umask takes them for`, () => {
  const cases = fc.sample(fc.tuple(mode.filter((text) => !isPassedOver(text)), fc.constantFrom(0o022, 0o007, 0o421, 0o777)), { seed: SEED, numRuns: RUNS });
  const theirs = batch("/bin/sh", cases.map(([text, mask]) => [
    "-c", 'umask "$0" && exec "$@"', mask.toString(8), `${EXECLINE_BIN}/posix-umask`, "--", text, `${EXECLINE_BIN}/posix-umask`,
  ]));
  const different = cases.flatMap(([text, mask], index) => {
    const mine = parseUmask(text, mask);
    const expected = mine === undefined ? [1, "posix-umask: fatal: invalid mode string"] : [0, umaskText(mine)];
    return expected.join() === theirs[index]?.join() ? [] : [{ text, mask, mine, their: theirs[index] }];
  });
  expect(different.slice(0, 10)).toEqual([]);
});

test("500 random numbers are what C's execline-umask takes them for", () => {
  const digits = fc.array(fc.constantFrom(..."0123456778x"), { minLength: 1, maxLength: 14 }).map((all) => all.join(""));
  const cases = fc.sample(digits, { seed: SEED, numRuns: 500 });
  const theirs = batch(`${EXECLINE_BIN}/execline-umask`, cases.map((text) => [text, `${EXECLINE_BIN}/posix-umask`]));
  for (const [index, text] of cases.entries()) {
    const mine = parseUmaskPrefix(text);
    const [exitCode, said] = theirs[index] ?? [];
    expect(mine === undefined ? [100, ""] : [0, umaskText(mine)], text).toEqual([exitCode, exitCode === 0 ? said : ""]);
  }
});
