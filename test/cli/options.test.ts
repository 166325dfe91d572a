import { describe, expect, it } from "vitest";
import { ExitError, UsageError } from "../../src/cli/failures.ts";
import { parseLongOptions, parseOptions, parseTimeout } from "../../src/cli/options.ts";

const names = (options: readonly { name: string; value: string }[]): string[] =>
  options.map(({ name, value }) => (value === "" ? name : `${name}=${value}`));

describe("classic options", () => {
  it.each([
    [["-Ss", "dir"], ["S", "s"], ["dir"]],
    [["-n5", "dir"], ["n=5"], ["dir"]],
    [["-n", "5", "dir"], ["n=5"], ["dir"]],
    [["-sn5"], ["s", "n=5"], []],
    [["-n", "-s", "dir"], ["n=-s"], ["dir"]],
    [["-n", "--", "dir"], ["n=--"], ["dir"]],
    [["-s", "--", "-S"], ["s"], ["-S"]],
    [["-s", "-", "-S"], ["s"], ["-", "-S"]],
    [["dir", "-s"], [], ["dir", "-s"]],
    [["", "-s"], [], ["", "-s"]],
    [["--json", "-s"], ["json", "s"], []],
    [[], [], []],
  ])("reads %j", (args, options, operands) => {
    const line = parseOptions(args, "Ssn:", ["json"]);
    expect(names(line.options)).toEqual(options);
    expect(line.operands).toEqual(operands);
  });

  it.each([[["-x"]], [["-sx"]], [["-n"]], [["-sn"]], [["-:"]], [["--jso"]], [["--json=1"]], [["--help"]]])(
    "refuses %j with the synopsis",
    (args) => {
      expect(() => parseOptions(args, "Ssn:", ["json"])).toThrow(UsageError);
    },
  );
});

describe("long options", () => {
  const parse = (args: string[]): ReturnType<typeof parseLongOptions<"t:v">> =>
    parseLongOptions(args, "t:v", { timeout: "t", verbose: "v" });

  it.each([
    [["-t5", "dir"], ["t=5"], ["dir"]],
    [["-t", "5"], ["t=5"], []],
    [["--timeout=5", "--verbose", "dir"], ["t=5", "v"], ["dir"]],
    [["--timeout=a=b"], ["t=a=b"], []],
    [["-v", "--", "--verbose"], ["v"], ["--verbose"]],
  ])("reads %j", (args, options, operands) => {
    const line = parse(args);
    expect(names(line.options)).toEqual(options);
    expect(line.operands).toEqual(operands);
  });

  it.each([
    [["-x"], "unrecognized short option: x"],
    [["--verb"], "unrecognized boolean option: --verb"],
    [["--timeout"], "unrecognized boolean option: --timeout"],
    [["--verbose=1"], "unrecognized option with argument: --verbose=1"],
    [["--toString"], "unrecognized boolean option: --toString"],
    [["--=5"], "invalid option: --=5"],
  ])("refuses %j and says why", (args, message) => {
    expect(() => parse(args)).toThrow(new ExitError(100, message));
  });

  it("refuses a short option whose value is missing, instead of ignoring it", () => {
    expect(() => parse(["-t"])).toThrow(UsageError);
  });
});

describe("times", () => {
  it.each([["0", undefined], ["5", 5], ["007", 7], ["2147483647", 2147483647], ["2147483648", undefined], ["4294967295", undefined]])(
    "takes %s for %s milliseconds",
    (text, ms) => expect(parseTimeout(text)).toBe(ms),
  );

  it.each([[""], ["-1"], ["+5"], ["0x10"], ["5s"], [" 5"], ["4294967296"]])("refuses %j", (text) => {
    expect(() => parseTimeout(text)).toThrow(UsageError);
  });
});
