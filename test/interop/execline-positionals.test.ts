import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blocks, ourWords, sameInProcess, sameWords } from "../support/execline-words.ts";

const SEED = 20261121;

/** Positional arguments in the environment, and whatever stands before the colon besides. */
const environmentOf = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  0: "name", "#": String(args.length), ...Object.fromEntries(args.map((arg, index) => [String(index + 1), arg])), ...more,
});
/** Words of blocks are quoted by a space; C tells the number of a block of which there are too few from memory that it has not set, and of every position that it is the first. */
const same = (text: string): string => text.replaceAll(/shift block [0-9]*:/g, "shift block:").replaceAll(/(block [0-9]+) position [0-9]+/g, "$1");

const ARGUMENTS: readonly (readonly string[])[] = [[], ["a"], ["a", "b", "c"], [" a", " b", "", "d", "e"], [" a", "", " echo", " x", "", "echo", ""], ["", "", ""]];

describe("shift", () => {
  test.each([[], ["-n", "0"], ["-n", "2"], ["-n4"], ["-b", "1"], ["-b", "0"], ["-n", "1", "-b", "2"], ["-b2"], ["-b", "1", "-n", "0"]])("%j %j %j %j", (...options) => {
    for (const args of ARGUMENTS) sameInProcess(["shift", ...options, "env", "-0"], { env: environmentOf(args) }, same);
  });

  test.each(["0", "1", "2", "7", "x", ""])("EXECLINE_STRICT=%s", (strict) => {
    for (const options of [["-n", "4"], ["-n1", "-b1"], ["-b2"]]) {
      for (const args of [["a", "b", "c"], [" a", "b", "", " c", "d", "", "e"]]) sameInProcess(["shift", ...options, "env", "-0"], { env: environmentOf(args, { EXECLINE_STRICT: strict }) }, same);
    }
  });

  test.each([
    [{}], [{ "#": "x" }], [{ "#": "" }], [{ "#": "-1" }], [{ "#": "3" }], [{ "#": "03", 1: "a" }], [{ "#": "3", 1: "a", 3: "c", 4: "d", 0: "x" }], [{ "#": "2", 1: "a", "01": "b", "1a": "c", "1:1": "d", "#:1": "5", 2: "\xff" }],
    [{ "#": "4294967296" }],
  ])("of an odd environment %j", (env) => {
    for (const options of [[], ["-n", "0"], ["-b", "1"]]) sameInProcess(["shift", ...options, "env", "-0"], { env }, same);
  });

  test.each([[], ["-n", "1"], ["-n", "x", "true"], ["-b", "-1", "true"], ["-x", "true"], ["-n"], ["nonexistent"], ["--", "env", "-0"], ["shift", "env", "-0"], ["''"]])("%j", (...args) => {
    sameInProcess(["shift", ...args], { env: environmentOf(["a", "b"]) });
  });

  test("numbers in messages are those of the block and of the word", () => {
    const { stderr } = ourWords(["shift", "-b", "3", "true"], { env: environmentOf([" a", "b", "", "c"], { EXECLINE_STRICT: "1" }) });
    expect(stderr).toBe("shift: warning: unquoted positional b at block 0 position 2\nshift: warning: unquoted positional c at block 1 position 1\nshift: fatal: : unable to shift block 1: too few arguments (1)\n");
  });
});

test("as processes", () => {
  const env = environmentOf([" echo", " \xff", "", "-a", "\xe4"]);
  for (const line of ["runblock 1", "shift -b 1 dollarat", "shift -n 3 elgetopt a env -0", "shift nonexistent", "runblock -r 1 elgetopt", "shift -b 2 true", "if { dollarat } dollarat -0"]) sameWords(blocks(line), { env }, same);
});

describe("runblock", () => {
  test.each(["1", "2", "3", "-r 0", "-r 1", "-r 2", "-P 1", "-rP 1", "-n 1 1", "-n2 1", "-n 9 1", "-n 1 -r 0"])("%s", (options) => {
    for (const args of ARGUMENTS) {
      const env = environmentOf(args, { "0:1": "old", "#:1": "1", "1:1": "before", "1:2": "before that", "2a": "x" });
      sameInProcess(["runblock", ...options.split(" "), "echo"], { env });
      sameInProcess(["runblock", ...options.split(" "), "printenv", ...Object.keys(env)], { env });
    }
  });

  test.each(["1", "2"])("EXECLINE_STRICT=%s", (strict) => {
    for (const options of ["1", "2", "-r 1", "-r 2", "-n 1 -r 1", "-n 2 1", "-n 7 3", "3"]) {
      for (const last of ["", "u"]) sameInProcess(["runblock", ...options.split(" "), "echo"], { env: environmentOf(["a", "", "echo", last], { EXECLINE_STRICT: strict }) });
    }
  });

  test.each([[], ["1"], ["0"], ["0", "echo"], ["x", "echo"], ["-n", "x", "1"], ["-n", "1"], ["-z", "1"], ["-r"], ["2"], ["-r", "1"], ["-r", "2"], ["1", "nonexistent"], ["1", "''"]])("%j", (...args) => {
    for (const env of [environmentOf([" echo", " x", "", " a", "", "echo"]), { "#": "x" }, {}, { "#": "2", 1: " x" }, { "#": "2" }]) sameInProcess(["runblock", ...args], { env });
  });

  // C crashes.
  test("an empty block by itself", () => expect(ourWords(["runblock", "1"], { env: environmentOf([""]) })).toMatchObject({ exitCode: 0, stderr: "" }));
});

describe("elgetopt", () => {
  test.each(["", "ab", "ab:", ":ab:", "a:b:", "-a", "=:"])("with %j", (optstring) => {
    for (const args of [["-a", "-bc", "d"], ["-a", "-c"], ["-ab"], ["-b", "-a", "--", "-b"], ["-", "-a"], ["--x"], ["x", "-a"], ["-b5", "-b6"], ["-="], ["-=c", ""], ["-:"], ["-?"], ["-\xe4"]]) {
      sameInProcess(["elgetopt", optstring, "env", "-0"], { env: environmentOf(args, { ELGETOPT_a: "old", "ELGETOPT_b:1": "older", "1:1": "x" }) });
    }
  });

  test.each([
    [], ["a"], ["-D", "a"], ["-D", "yes", "ab:", "env", "-0"], ["-D", "", "ab:", "env", "-0"], ["-E", "a", "env"], ["ab:", "nonexistent"], ["--", "ab:", "env", "-0"], ["-Dx", "-Dy", "a:b", "env", "-0"], ["ab:", "elgetopt", "c", "env", "-0"],
    ["ab:", "shift", "elgetopt", "x", "env", "-0"],
  ])("%j", (...args) => {
    for (const env of [environmentOf(["-a", "-bc", "d"]), {}, { "#": "1" }, { "#": "x", 0: "n" }, { "#": "2", 0: "n", 1: "-a" }, { "#": "0", 0: "n" }, { "#": "1", 0: "/a/b\xff", 1: "-z" }, { "#": "1", 0: "", 1: "-z" }]) {
      sameInProcess(["elgetopt", ...args], { env });
    }
  });
});

test("dollarat", () => {
  for (const options of [[], ["-n"], ["-0"], ["-d", ","], ["-nd,"], ["-d", ""], ["-nd", ""], ["-dxyz"], ["-0n"], ["-0d,"], ["-d,", "-0"], ["-d", "", "-0"], ["-0", "-d", ""], ["-d\xff"], ["-x"], ["a"], ["-d"]]) {
    for (const args of [[], [""], ["a", "", "c d\xff"]]) sameInProcess(["dollarat", ...options], { env: environmentOf(args) });
  }
  for (const env of [{}, { "#": "x" }, { "#": "" }, { "#": "2", 2: "a" }, { "#": "3000000000", 1: "a" }]) sameInProcess(["dollarat"], { env });
  for (const before of ["exec >&-;", "exec >/dev/full;", "exec >&- 2>&-;"]) for (const args of [["a"], []]) sameWords(["dollarat"], { env: environmentOf(args), before });
});

test("chains with those that substitute and empty", () => {
  const link = fc.constantFrom("shift", "elgetopt ab:", "shift -b 1", "elgetpositionals", "emptyenv -P", "emptyenv -o", "importas -D none a ELGETOPT_a", "export 1 x", "define # y", "multisubstitute { elgetpositionals define k v }");
  const arg = fc.constantFrom("-a", "-b", "-bc", "a", " x", " echo", "", "$1", "--");
  fc.assert(fc.property(fc.array(arg, { maxLength: 5 }), fc.array(link, { minLength: 2, maxLength: 5 }), fc.constantFrom("env -0", "echo ${a} $# $@ ${1} $k"), (args, links, last) => {
    sameInProcess([...links, last].flatMap(blocks), { env: environmentOf(args, { "#:1": "1", "1:1": " pushed", ELGETOPT_b: "old", ELGETOPT_a: "old" }) }, same);
  }), { seed: SEED, numRuns: 100 });
});

test("chains of them", () => {
  const arg = fc.constantFrom("-a", "-b", "-bc", "a", " x", " echo", "", "--", "-");
  const link = fc.constantFrom("shift", "shift -n 2", "shift -b 1", "elgetopt ab:", "elgetopt -D y :a", "runblock 1", "runblock -r 1", "runblock -P 2", "if { eltest -v 1 }", "shift -n 0 -b 2");
  fc.assert(fc.property(fc.array(arg, { maxLength: 6 }), fc.array(link, { minLength: 2, maxLength: 4 }), fc.constantFrom("env -0", "dollarat -d ,"), (args, links, last) => {
    sameInProcess([...links, last].flatMap(blocks), { env: environmentOf(args, { "#:1": "1", "1:1": " pushed" }) }, same);
  }), { seed: SEED, numRuns: 60 });
});
