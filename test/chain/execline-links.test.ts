import { describe, expect, test } from "vitest";
import { Environment } from "../../src/chain/environment.ts";
import { parseExeclineb, scriptLink } from "../../src/chain/execlineb.ts";
import { parseFdmove, parseFdswap, parsePiperw } from "../../src/chain/fd-moves.ts";
import { redirectFlags } from "../../src/chain/redirect.ts";
import { parseRedirfd } from "../../src/chain/redirfd.ts";
import { substituted } from "../../src/chain/substitutes.ts";
import { parseDefine, parseElgetpositionals, parseImportas, parseMultidefine, parseMultisubstitute } from "../../src/chain/substitution-programs.ts";
import { parseCd, parseExec, parseUmaskProgram } from "../../src/chain/surroundings.ts";
import { parseEmptyenv, parseEnvfileProgram, parseExport, parseExportArray } from "../../src/chain/variables.ts";
import { ExitError, UsageError } from "../../src/cli/failures.ts";

const REST = ["prog", "-x"];

describe("a command line is operations and a rest", () => {
  test.each([
    [parseFdmove, ["-c", "3", "1"], [{ type: "move", to: 3, from: 1, copy: true }]],
    [parseFdswap, ["3", "1"], [{ type: "swap", fds: [3, 1] }]],
    [parsePiperw, ["3", "4"], [{ type: "pipe", readEnd: 3, writeEnd: 4 }]],
    [parseCd, ["--"], [{ type: "directory", path: "--" }]],
    [parseUmaskProgram, ["0279"], [{ type: "umask", mask: 0o27 }]],
    [parseExec, ["-c"], [{ type: "clear", keep: [] }]],
    [parseExport, ["A", "b=c"], [{ type: "set", variables: [["A", "b=c"]] }]],
    [parseExportArray, ["A", " b", " \xff", ""], [{ type: "set", variables: [["A", "1:b,1:\xff,"]] }]],
    [parseEmptyenv, ["-pl"], [{ type: "clear", keep: ["PATH", "LD_LIBRARY_PATH"] }]],
    [parseEmptyenv, ["-poP"], [{ type: "stack", action: "pop", which: "elgetopt" }, { type: "stack", action: "pop", which: "positional" }]],
    [parseEmptyenv, ["-oc"], [{ type: "stack", action: "drop", which: "own" }]],
    [parseEnvfileProgram, ["-iI", "file"], [{ type: "envfile", file: "file", mayBeMissing: true }]],
  ])("%o %j", (parse, args, operations) => expect(parse([...args, ...REST], undefined)).toMatchObject({ operations, rest: REST }));

  test("argv[0] is said", () => {
    expect(parseExec(["-l", ...REST]).argv0).toEqual({ name: undefined, isLogin: true });
    expect(parseExec(["-la", "x", "-a", "", ...REST]).argv0).toEqual({ name: "", isLogin: true });
    expect(parseExec(REST)).toEqual({ operations: [], rest: REST });
  });

  test("where a file is opened, or what for, is said", () => {
    const flags = (...args: string[]): (number | undefined)[] => parseRedirfd([...args, "5", "file", ...REST]).operations.map((operation) => (operation.type === "redirect" ? redirectFlags(operation.rules) : undefined));
    expect(flags("-r", "-w")).toEqual(flags("--write", "--create", "--trunc"));
    expect(flags("-u", "-n")).toEqual([0o4002]);
    expect(parseRedirfd(["-rfE", "FD", "file", ...REST])).toMatchObject({ operations: [{ fd: { variable: "FD" } }], rest: ["importas", "-uSi", "--", "FD", ...REST], isOwn: true });
  });
});

describe("execlineb", () => {
  const link = (args: string[], text: string, strict?: string) => scriptLink(parseExeclineb(args), text, "name", strict);

  test("the last of -p -P -S -s counts, and options end at the script", () => {
    expect(parseExeclineb(["-S1", "-Wp", "file", "-P"])).toEqual({ positionals: { type: "variables", pushes: false }, strict: "2", source: { file: "file" }, args: ["-P"] });
    expect(parseExeclineb(["-s", "2", "-qec", "text"])).toEqual({ positionals: { type: "substituted", least: 2, isShifted: true }, strict: "unset", source: { text: "text" }, args: [] });
    expect(() => parseExeclineb(["-P"])).toThrow(UsageError);
  });

  test("a script is a link", () => {
    expect(link(["-P", "file", "a"], "x { y } z")).toEqual({ operations: [], rest: ["x", " y", "", "z"], warnings: [] });
    expect(link(["-p", "file", "a"], "x").operations).toEqual([{ type: "set", variables: [["#", "1"], ["0", "name"], ["1", "a"]] }]);
    expect(link(["-S3", "file", "a"], "x", "0")).toMatchObject({ warnings: [], substitution: [{ type: "arguments", name: "name", args: ["a"], least: 3, shifted: 0 }] });
    expect(link(["-S1", "file"], "# nothing", "x")).toEqual({ operations: [], rest: [] });
  });

  test("what it complains of", () => {
    expect(link(["-S1", "file"], "x", "?").warnings).toEqual(["invalid EXECLINE_STRICT value, unsetting it", "too few arguments: expecting at least 1 but got 0"]);
    expect(() => link(["-WS1", "file"], "x", "?")).toThrow("too few arguments: expecting at least 1 but got 0");
    expect(() => link(["file"], "x }")).toThrow("unmatched } in file file");
    expect(() => link(["-c", "x }"], "x }")).toThrow(/^unmatched \}$/);
  });
});

describe("substitutions", () => {
  const environment = (): Environment => new Environment(["A=1", "#=1", "0=me", "1=x", "EMPTY="]);
  const words = (parse: typeof parseDefine, args: string[], found = environment()): string[] => {
    const { substitution = [], rest } = parse(args, undefined);
    return substituted(rest, substitution, found, (pattern) => [pattern, pattern.toUpperCase()]);
  };

  test("a variable that is to go goes when all have been read", () => {
    const found = environment();
    expect(words(parseMultisubstitute, [" importas", " -u", " K", " A", " importas", " -Siu", " A", " elglob", " G", " g", "", "$K", "${A}b", "$G"], found)).toEqual(["1", "1b", "g", "G"]);
    expect(found.get("A")).toBeUndefined();
  });

  test("billions of positional parameters are none", () => {
    expect(words(parseElgetpositionals, ["-P", "4294967295", "$4294967295", "$1", "$01", "$4294967296"])).toEqual(["", "x", "$01", "$4294967296"]);
    expect(() => words(parseElgetpositionals, ["$1"], new Environment(["#=4294967295", "0=me"]))).toThrow("bad substitution key");
  });

  test("the last named key gets the rest", () => expect(words(parseMultidefine, ["-r", "a b c d", " A", " B", " ", "", "$A", "$B"])).toEqual(["a", "b", "c"]));

  test.each([
    [parseImportas, ["-i", "K", "NOT", "x"], 100, "NOT not set"], [parseImportas, ["-i", "", "NOT", "x"], 111, "bad substitution key"], [parseDefine, ["-sd", "", "K", "v", "x"], 111, "unable to complete exlsn function: Invalid argument"],
    [parseMultisubstitute, [" define", " K", " v", " importas", " -i", " K", " NOT", "", "x"], 100, "wrong key for directive importas"], [parseMultisubstitute, [" importas", " -i", " K", " NOT", " nonsense", "", "x"], 100, "NOT not set"],
    [parseMultisubstitute, [" define", " -sd", " ", " K", " v", "", "x"], 111, "unable to run directive define: Invalid argument"], [parseMultisubstitute, [" define", "", "x"], 100, "syntax error at directive define"],
  ])("%o %j", (parse, args, exitCode, message) => {
    expect(() => words(parse, args)).toThrow(expect.objectContaining({ exitCode, message }) as Error);
  });

  test("warnings are there even where the command line is wrong", () => {
    const failure = (parse: typeof parseDefine, args: string[]): unknown => {
      try {
        return parse(args, "1");
      } catch (error) {
        return error instanceof ExitError || error instanceof UsageError ? error.warnings : error;
      }
    };
    expect(failure(parseMultidefine, ["v", "A", " B"])).toEqual(["unquoted argument A at block 1 position 0"]);
    expect(failure(parseMultisubstitute, ["define"])).toEqual(["unquoted argument define at block 1 position 0"]);
  });
});
