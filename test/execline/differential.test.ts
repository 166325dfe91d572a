import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isElgetopt, isPositional, pop, push } from "../../src/execline/environment-stack.ts";
import { positionalValues } from "../../src/execline/positionals.ts";
import { parseScript, ScriptError } from "../../src/execline/script.ts";
import { substitute, type Values } from "../../src/execline/substitution.ts";
import { DEFAULT_DELIMITERS, NetstringError, valueWords } from "../../src/execline/value.ts";
import { randomFrom } from "../interop/differential-model.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { C_EXECLINE, type Call, type Outcome, run } from "./c-execline.ts";
import { below, byte, oneOf, type Random, randomScript, several } from "./random-script.ts";

/** Debian's execline and ours, given the same random things. */

const SCRIPTS = Number(process.env["S6_ACTORS_SCRIPTS"] ?? 2000);
const SEED = Number(process.env["S6_ACTORS_SEED"] ?? 20261201);
const CASES = Math.min(1000, SCRIPTS);
/** At a time: neither side is to hold all of them. */
const BATCH = 2000;
const LIMIT_MS = 30_000 + 10 * SCRIPTS;

const EXECLINEB = `${C_EXECLINE}/execlineb`;
/** Shows its arguments; there is always one. */
const SHOW = ["/usr/bin/printf", "%s\\0", "="];
const SHOW_IN_SCRIPT = '/usr/bin/printf "%s\\\\0" = ';

/** What came of it: the words that were shown, or why there are none. */
type Result = readonly string[] | string;

const shown = ({ exitCode, stdout, stderr }: Outcome): Result =>
  exitCode === 0 ? stdout.split("\0").slice(1, -1) : `${exitCode} ${stderr.replace(/^[\w-]+: fatal: |\n$/g, "")}`;

interface Case extends Call {
  readonly ours: Result;
}

/** Makes cases, has C do the same, and answers how many ended well. */
function compare(count: number, seed: number, make: (random: Random, scratch: string) => Case, read: (outcome: Outcome) => Result = shown): number {
  const scratch = join(makeTempDirectory(), "script");
  const random = randomFrom(seed);
  const differences: unknown[] = [];
  let well = 0;
  for (let done = 0; done < count; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, count - done) }, () => make(random, scratch));
    for (const [index, outcome] of run(cases, scratch).entries()) {
      const { ours, args, file } = cases[index] ?? { ours: "", args: [], file: undefined };
      const theirs = read(outcome);
      if (typeof theirs !== "string") well++;
      if (JSON.stringify(theirs) !== JSON.stringify(ours)) differences.push({ args, file, ours, theirs });
    }
  }
  expect(differences.slice(0, 10), `seed ${seed}: ${differences.length} of ${count} differ`).toEqual([]);
  return well;
}

function attempt(words: () => readonly string[]): Result {
  try {
    return words();
  } catch (error) {
    if (error instanceof ScriptError) return `100 ${error.message}`;
    if (error instanceof NetstringError) return "111 unable to complete exlsn function: Invalid argument";
    throw error;
  }
}

test("Debian's programs are here", () => expect(existsSync(EXECLINEB)).toBe(true));

describe("execlineb", () => {
  test(`${SCRIPTS} scripts`, () => {
    const well = compare(SCRIPTS, SEED, (random) => {
      const script = SHOW_IN_SCRIPT + randomScript(random);
      const isFile = random() < 0.25;
      const text = isFile && random() < 0.1 ? `${script}\0${randomScript(random)}` : script;
      return {
        args: isFile ? [EXECLINEB, "-P"] : [EXECLINEB, "-P", "-c", text],
        file: isFile ? { content: text, after: 2 } : undefined,
        ours: attempt(() => parseScript(text).slice(SHOW.length)),
      };
    });
    expect(well).toBeGreaterThan(SCRIPTS / 3);
  }, LIMIT_MS);

  const REFERENCES = ["$1", `\${1}`, "$@", `\${@}`, "$#", `\${#}`, "$0", "$2", `\${3}`, "$4", "$7", "\\$1", "\\\\$1", "\\\\\\$@", `\\\\\\\\\${2}`, "\\\\\\\\\\\\$1", "$", "${", "$$1", "${1", "$1}", "$1x", "$ 1", `\${}`, "\\\\"];
  test(`${CASES} scripts with positional parameters`, () => {
    const well = compare(CASES, SEED + 1, (random, scratch) => {
      const [least, isShifted, isFile] = [below(random, 5), random() < 0.4, random() < 0.25];
      const args = several(random, 4, () => several(random, 4, () => oneOf(random, ["a", "$1", `\${@}`, "\\", " ", "", byte(random)])).join(""));
      // A word behind it, for here C reads beyond its memory when a brace with a backslash is the last thing in a script.
      const script = `${SHOW_IN_SCRIPT}${randomScript(random, REFERENCES)}\n.`;
      const values = positionalValues(isFile ? scratch : EXECLINEB, args, least, isShifted ? least : 0);
      const options = ["/usr/bin/env", "EXECLINE_STRICT=0", EXECLINEB, `-${isShifted ? "s" : "S"}${least}`];
      return {
        args: isFile ? [...options, ...args] : [...options, "-c", script, "--", ...args],
        file: isFile ? { content: script, after: options.length } : undefined,
        ours: attempt(() => substitute(parseScript(script), values).slice(SHOW.length)),
      };
    });
    expect(well).toBeGreaterThan(CASES / 3);
  }, LIMIT_MS);
});

describe("the environment stack", () => {
  const NAMES = ["0", "1", "2", "12", "#", "#x", "0abc", "X", "ELGETOPT_a", "ELGETOPT_", "ELGETOPT", "EXECLINE_X", "?", "FD0"];
  /** Not `NAME:`, of which C makes another number each time. */
  const DEPTHS = ["", "", ":1", ":1", ":2", ":3", ":9", ":10", ":0", ":01", ":x", ":1:2", ":-1", ":4294967295", ":4294967296"];
  const variables = (random: Random): Map<string, string> =>
    new Map(several(random, 12, () => [oneOf(random, NAMES) + oneOf(random, DEPTHS), several(random, 2, () => byte(random)).join("")] as const));
  const entries = (map: ReadonlyMap<string, string>): string[] => [...map].map(([name, value]) => `${name}=${value}`);
  const asVariables = (map: Map<string, string>) => ({
    names: () => map.keys(),
    get: (name: string) => map.get(name),
    set: (name: string, value: string | undefined) => void (value === undefined ? map.delete(name) : map.set(name, value)),
  });

  /** The first of a name is the one that programs see. */
  function environment({ exitCode, stdout }: Outcome): Result {
    const map = new Map<string, string>();
    for (const entry of stdout.split("\0").slice(0, -1)) {
      const name = entry.slice(0, entry.indexOf("="));
      if (!map.has(name)) map.set(name, entry.slice(name.length + 1));
    }
    return exitCode === 0 ? entries(map).sort() : `${exitCode}`;
  }

  test(`${CASES} pushed by execlineb`, () => {
    compare(CASES, SEED + 2, (random) => {
      const map = variables(random);
      const args = several(random, 3, () => several(random, 2, () => byte(random)).join(""));
      const call = ["/usr/bin/env", "-i", ...entries(map), EXECLINEB, "-c", "/usr/bin/env -0", "--", ...args];
      push(asVariables(map), isPositional);
      for (const [name, value] of [["#", String(args.length)], ["0", EXECLINEB], ...args.map((arg, index) => [String(index + 1), arg])]) map.set(name ?? "", value ?? "");
      return { args: call, ours: entries(map).sort() };
    }, environment);
  }, LIMIT_MS);

  test.each([["-P", isPositional], ["-o", isElgetopt]] as const)(`${CASES} popped by emptyenv %s`, (option, owns) => {
    compare(CASES, SEED + 3, (random) => {
      const map = variables(random);
      const args = ["/usr/bin/env", "-i", ...entries(map), `${C_EXECLINE}/emptyenv`, option, "/usr/bin/env", "-0"];
      pop(asVariables(map), owns);
      return { args, ours: entries(map).sort() };
    }, environment);
  }, LIMIT_MS);

  test(`${CASES} pushed by elgetopt`, () => {
    compare(CASES, SEED + 4, (random) => {
      const map = new Map([...variables(random)].filter(([name]) => !isPositional(name)));
      const args = ["/usr/bin/env", "-i", ...entries(map), "#=0", "0=x", `${C_EXECLINE}/elgetopt`, "a", "/usr/bin/env", "-0"];
      push(asVariables(map), isElgetopt);
      return { args, ours: [...entries(map), "#=0", "0=x"].sort() };
    }, environment);
  }, LIMIT_MS);
});

describe("values", () => {
  const KEYS = ["X", "FOO", "a b", "x.y-z", "@", "\xe9", "1"];
  const FRAGMENTS = [...KEYS.flatMap((key) => [`$${key}`, `\${${key}}`]), "$X", `\${X}`, "\\", "\\\\", "$", "{", "}", " ", "a", "/"];
  const DELIMITERS = [",", ":", " ,", "\n", "x", "\xff ", ""];
  const argument = (random: Random): string => several(random, 6, () => oneOf(random, FRAGMENTS)).join("");
  const someArguments = (random: Random): string[] => several(random, 4, () => argument(random));

  /** Of a netstring whose length has no digit C makes one that is as long as whatever its memory holds: there is none. */
  const value = (random: Random, delimiters: string): string => (delimiters === "" ? anyValue(random).replace(/(?<![0-9]):/g, "0:") : anyValue(random));

  function anyValue(random: Random): string {
    if (random() < 0.25) return several(random, 4, () => oneOf(random, ["0:,", "1:a,", "3:a,b,", "02:\xff ,", "10:0123456789,", "1:", ",", ":,", "01:", "4294967296:,"])).slice(0, random() < 0.7 ? 2 : 4).join("");
    return several(random, 10, () => oneOf(random, ["a", "b", " ", " ", "\n", ",", ",", ":", "x", "$X", "\t", "\xff", "\\", byte(random)])).join("");
  }

  /** Options, and what they mean. */
  function rules(random: Random, split: boolean | undefined) {
    const [crunch, chomp, isSplit, given] = [random() < 0.4, random() < 0.4, split ?? random() < 0.6, random() < 0.6];
    const delimiters = given ? oneOf(random, DELIMITERS) : DEFAULT_DELIMITERS;
    const options = [crunch ? "-C" : oneOf(random, ["-c", "-N"]), ...(chomp ? ["-n"] : []), ...(isSplit && split === undefined ? ["-s"] : []), ...(given ? ["-d", delimiters] : [])];
    return { options, rules: { crunch, chomp, split: isSplit, delimiters } };
  }

  const replaced = (args: readonly string[], values: Values): readonly string[] => substitute([...SHOW, ...args], values).slice(SHOW.length);

  test(`${CASES} defined`, () => {
    compare(CASES, SEED + 5, (random) => {
      const how = rules(random, undefined);
      const [key, text, args] = [oneOf(random, KEYS), value(random, how.rules.delimiters), someArguments(random)];
      return { args: [`${C_EXECLINE}/define`, ...how.options, "--", key, text, ...SHOW, ...args], ours: attempt(() => replaced(args, new Map([[key, valueWords(text, how.rules)]]))) };
    });
  }, LIMIT_MS);

  test(`${CASES} imported`, () => {
    compare(CASES, SEED + 6, (random) => {
      const how = rules(random, undefined);
      const [key, text, args] = [oneOf(random, KEYS), value(random, how.rules.delimiters), someArguments(random)];
      const [isSet, fallback] = [random() < 0.7, random() < 0.5 ? value(random, how.rules.delimiters) : undefined];
      const found = isSet ? text : fallback;
      const options = [...how.options, ...(fallback === undefined ? [] : ["-D", fallback])];
      return {
        args: ["/usr/bin/env", "-i", ...(isSet ? [`V=${text}`] : []), `${C_EXECLINE}/importas`, ...options, "--", key, "V", ...SHOW, ...args],
        ours: attempt(() => replaced(args, new Map([[key, found === undefined ? [] : valueWords(found, how.rules)]]))),
      };
    });
  }, LIMIT_MS);

  test(`${CASES} with several keys`, () => {
    compare(CASES, SEED + 7, (random) => {
      const how = rules(random, true);
      const [text, args] = [value(random, how.rules.delimiters), someArguments(random)];
      const keys = [...new Set(["X", ...several(random, 4, () => oneOf(random, KEYS))])].flatMap((key) => (random() < 0.2 ? ["", key] : [key]));
      const isNothing = random() < 0.5;
      return {
        args: [`${C_EXECLINE}/multidefine`, ...how.options, ...(isNothing ? ["-0"] : []), "--", text, ...keys.map((key) => ` ${key}`), "", ...SHOW, ...args],
        ours: attempt(() => {
          const words = valueWords(text, how.rules);
          const missing = isNothing ? [] : [""];
          const values = new Map(keys.map((key, index) => [key, index < words.length ? words.slice(index, index + 1) : missing] as const));
          values.delete("");
          return replaced(args, values);
        }),
      };
    });
  }, LIMIT_MS);

  test(`${CASES} with positional parameters`, () => {
    compare(CASES, SEED + 8, (random) => {
      const [least, name] = [below(random, 5), argument(random)];
      const positionals = several(random, 3, () => argument(random));
      const args = several(random, 4, () => several(random, 4, () => oneOf(random, ["$1", `\${2}`, "$@", `\${@}`, "$#", `\${0}`, `\${5}`, "\\", "a", " "])).join(""));
      const environment = positionals.map((text, index) => `${index + 1}=${text}`);
      return {
        args: ["/usr/bin/env", "-i", `#=${positionals.length}`, `0=${name}`, ...environment, `${C_EXECLINE}/elgetpositionals`, "-P", String(least), ...SHOW, ...args],
        ours: replaced(args, positionalValues(name, positionals, least)),
      };
    });
  }, LIMIT_MS);
});
