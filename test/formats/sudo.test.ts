import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSudoRequest, makeSudoStatus, MOST_REQUEST_BYTES, parseSudoRequest, parseSudoStatus, SERVER_BANNER } from "../../src/formats/sudo.ts";
import { fuzzRuns } from "../support/fuzz.ts";

const FUZZ_RUNS = fuzzRuns(100_000);
const HEAD = Buffer.from("s6-sudo a v1.0\n");

/** Byte strings without NUL. */
const word = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 12 });
const variable = fc.tuple(word.filter((name) => !name.includes("=")), word).map(([name, value]) => `${name}=${value}`);
const request = fc.record({ args: fc.array(word, { maxLength: 8 }), variables: fc.array(variable, { maxLength: 8 }) });

function body({ argc = 0, envc = 0, args = "", variables = "", argBytes = args.length, envBytes = variables.length }: Partial<Record<"argc" | "envc" | "argBytes" | "envBytes", number> & Record<"args" | "variables", string>>): Buffer {
  const counts = Buffer.alloc(16);
  for (const [index, number] of [argc, envc, argBytes, envBytes].entries()) counts.writeUInt32BE(number, 4 * index);
  return Buffer.concat([HEAD, counts, Buffer.from(args + variables, "latin1")]);
}

test("a request is the banner, four numbers, the arguments, the variables", () => {
  const made = Buffer.from(makeSudoRequest({ args: ["-c", "exit 4"], variables: ["A=b"] }));
  expect(made.toString("latin1")).toBe("s6-sudo a v1.0\n\0\0\0\x02\0\0\0\x01\0\0\0\x0a\0\0\0\x04-c\0exit 4\0A=b\0");
  expect(SERVER_BANNER.toString()).toBe("s6-sudo b v1.0\n");
  expect(Buffer.from(makeSudoStatus(0x0400)).toString("hex")).toBe("00000400");
  expect(parseSudoStatus(Buffer.from("00000400", "hex"))).toBe(0x0400);
});

test("what is made is what is parsed", () => {
  fc.assert(fc.property(request, (asked) => {
    expect(parseSudoRequest(makeSudoRequest(asked))).toEqual(asked);
  }));
});

test("no request has a NUL in a string", () => {
  expect(() => makeSudoRequest({ args: ["a\0b"], variables: [] })).toThrow(RangeError);
});

test.each([
  ["that is too short", Buffer.from("abc"), "wrong client message", 100, undefined],
  ["without its last count", body({}).subarray(0, 30), "wrong client message", 100, undefined],
  ["of somebody else", Buffer.from(body({}).toString("latin1").replace(" a ", " b "), "latin1"), "wrong client banner", 100, undefined],
  ["whose lengths are too great", body({ argBytes: 1 }), "wrong client argc/envlen", 100, undefined],
  ["whose lengths are too small", body({ argc: 1, args: "a\0", argBytes: 1 }), "wrong client argc/envlen", 100, undefined],
  ["whose lengths are right but for 2^32", body({ argBytes: 0xffffffff, envBytes: 1 }), "wrong client argc/envlen", 100, undefined],
  ["with too many arguments", body({ argc: 131_073 }), "too many args/envvars from client", 100, undefined],
  ["with too many variables", body({ envc: 131_073 }), "too many args/envvars from client", 100, undefined],
  ["with fewer arguments than it says", body({ argc: 2, args: "a\0" }), "unable to make child argv: Invalid argument", 111, 22],
  ["with more arguments than it says", body({ argc: 1, args: "a\0b\0" }), "unable to make child argv: Invalid argument", 111, 22],
  ["whose last argument has no end", body({ argc: 1, args: "a" }), "unable to make child argv: Invalid argument", 111, 22],
  ["whose last argument ends among the variables", body({ argc: 1, envc: 1, args: "a", variables: "b\0" }), "unable to make child argv: Invalid argument", 111, 22],
  ["whose arguments have something behind them", body({ argc: 1, args: "a\0b" }), "unable to make child argv: Invalid argument", 111, 22],
  ["with fewer variables than it says", body({ envc: 1 }), "unable to make child envp: Invalid argument", 111, 22],
  ["whose last variable has no end", body({ envc: 1, variables: "A=b" }), "unable to make child envp: Invalid argument", 111, 22],
  ["with a variable that is none", body({ envc: 2, variables: "A=b\0C\0" }), "bad environment from client", 100, 22],
] as const)("a body %s is refused", (_, bytes, fault, exitCode, answer) => {
  expect(parseSudoRequest(bytes)).toEqual({ fault, exitCode, answer });
});

test("as many arguments and variables as there may be", () => {
  const args = Array.from({ length: 131_072 }, () => "");
  const variables = Array.from({ length: 131_072 }, (_, index) => `${index}=`);
  expect(parseSudoRequest(makeSudoRequest({ args, variables }))).toEqual({ args, variables });
});

test("a body of nothing but NULs is as fast to refuse as it is long", () => {
  const nuls = "\0".repeat(MOST_REQUEST_BYTES - 31);
  expect(parseSudoRequest(body({ argc: 2, args: nuls }))).toMatchObject({ exitCode: 111 });
});

test("every request that is cut is refused", () => {
  fc.assert(fc.property(request, fc.nat(), (asked, at) => {
    const whole = makeSudoRequest(asked);
    expect(parseSudoRequest(whole.subarray(0, at % whole.length))).toHaveProperty("fault");
  }));
});

/** xorshift32: the same run for the same seed, and fast enough for millions. */
function* numbers(seed: number): Generator<number, never> {
  for (let x = seed | 1; ;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

test("whatever bytes come: what is accepted says just that and nothing else", { timeout: 3_600_000 }, () => {
  const random = numbers(Number(process.env["S6_ACTORS_SEED"] ?? 1));
  const next = (below: number): number => random.next().value % below;
  const seeds = fc.sample(request, { numRuns: 200, seed: 1 }).map((asked) => Buffer.from(makeSudoRequest(asked)));
  let accepted = 0;
  for (let run = 0; run < FUZZ_RUNS; run++) {
    const seed = seeds[next(seeds.length)] ?? Buffer.alloc(0);
    const bytes = Buffer.from(seed);
    for (let changes = next(4); changes > 0; changes--) {
      // Lengths and ends of strings are the parts that matter.
      const at = next(2) === 0 ? HEAD.length + next(16) : next(bytes.length);
      if (at < bytes.length) bytes[at] = next(3) === 0 ? 0 : next(4) === 0 ? next(256) : (bytes[at] ?? 0) ^ (1 << next(8));
    }
    const cut = next(8) === 0 ? bytes.subarray(0, next(bytes.length + 1)) : bytes;
    const parsed = parseSudoRequest(cut);
    if ("fault" in parsed) continue;
    accepted++;
    if (!cut.equals(makeSudoRequest(parsed))) expect.fail(`taken for something else: ${cut.toString("hex")}`);
  }
  expect(accepted).toBeGreaterThan(FUZZ_RUNS / 10);
});
