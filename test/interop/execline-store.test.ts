import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { blocks, ourWords, sameInProcess, sameWords } from "../support/execline-words.ts";

const INPUTS = ["", "\n", "a", "a\n", "a\nb\n\n", "\xff\n", "a\0b\n", "\0", "a\n\0", "a\n\0b\n", "\0\n"];

describe("withstdinas", () => {
  test.each(["a\nb\n\n", "\xff\0"])("as a process reads %j", (stdin) => void sameWords(["withstdinas", "X", "env", "-0"], { stdin }));

  test.each([[], ["-i"], ["-I"], ["-D", "d\n"], ["-N"], ["-Nn"], ["-iI"], ["-I", "-i", "-D", "x"], ["-i", "-I", "-Dx"], ["-D", "x", "-I"], ["-D", "x", "-i"]])("%j %j", (...options) => {
    for (const stdin of INPUTS) sameInProcess(["withstdinas", ...options, "X", "env", "-0"], { stdin, env: { X: "old" } });
  });

  test.each([[], ["X"], ["-x", "X", "env"], ["A=B", "env"], ["", "env"], ["A=B"], ["X", "nonexistent"], ["-D"], ["-i", "X"], ["-E", "X"]])("%j", (...args) => {
    for (const stdin of ["", "a\0"]) sameInProcess(["withstdinas", ...args], { stdin });
  });

  test.each(["exec <&-;", "exec </tmp;", "exec 3</dev/null <&-;", "exec </dev/null;"])("with %s", (before) => void sameWords(["withstdinas", "X", "env", "-0"], { before }));

  test("of much", () => {
    const stdin = "0123456789abcdef".repeat(7000);
    expect(sameWords(["withstdinas", "X", "env", "-0"], { stdin }).exitCode).toBe(0);
    expect(sameWords(["withstdinas", "X", "true"], { stdin: stdin.repeat(3) }).stderr).toContain("Argument list too long");
  });

  // C gives up.
  test("that is still to come, on a descriptor that does not block", () => {
    const script = "fcntl(STDIN, F_SETFL, O_NONBLOCK); exec @ARGV";
    const words = ["perl", "-MFcntl", "-e", script, "withstdinas", "X", "printenv", "X"];
    expect(ourWords(words, { before: "mkfifo p; (exec 3>p; sleep 0.3; echo x >&3) & exec <p;" })).toMatchObject({ exitCode: 0, stdout: "x\n" });
  });
});

describe("backtick", () => {
  const children = ["", "exit 3", "exit 128", "exit 200", "kill -9 $$"];
  test.each([[], ["-i"], ["-I"], ["-x"], ["-D", "d\n"], ["-NI"], ["-I", "-D", "d"], ["-x", "-Dd"], ["-Dd", "-x"], ["-Dd", "-I"], ["-Dd", "-i"], ["-i", "-Dd"]])("%j %j", (...options) => {
    for (const [index, end] of children.entries()) {
      for (const output of index < 2 ? ["a\\n\\n", "", "a\\0b\\n"] : ["a\\n"]) {
        // 2.9.5.0 began to set ? for those that go on.
        const words = ["backtick", ...options, "X", " sh", " -c", ` printf '${output}'; ${end}`, "", "printenv", "X", ...(options.length === 0 || options.at(-1) === "-i" ? ["?"] : [])];
        sameInProcess(words, { env: { X: "old", "?": "before" } });
      }
    }
  });

  test.each([["-I", "exit 3", "3"], ["-x", "exit 200", "200"], ["-D0", "kill -9 $$", "265"], ["-I", "", "0"], ["-x", "", "0"], ["-DI", "printf '\\0'", "0"]])("%s { %s }: ? is %s", (option, script, status) => {
    expect(ourWords(["backtick", option, "X", " sh", " -c", ` ${script}`, "", "printenv", "?"])).toMatchObject({ exitCode: 0, stdout: `${status}\n` });
  });

  test.each([
    "", "X", "X { echo hi", "X { }", "X { } env", "A=B", "A=B { }", "A=B { echo", "A=B { echo hi } env", "'' { echo } env", "-z", "X { echo hi } nonexistent", "X { nonexistent } env", "-I X { nonexistent } env", "-x X { /etc } env", "X { /etc } env",
    "-E A=B { }", "X { if { true } echo a } backtick Y { printenv X } printenv X Y", "X { backtick -N X { echo inner } printenv X } printenv X", "X { exit 7 } env", "X { sh -c exit } printenv X", "-D", "-i -I X { false } printenv X",
    "-D d -x X { false } printenv X", "-x -D d X { false } printenv X", "-- X { echo hi } printenv X", "X { cat } printenv X",
  ])("%s", (line) => void sameWords(blocks(`backtick ${line}`), { stdin: "of stdin\n" }));

  test.each(["1", "2"])("EXECLINE_STRICT=%s", (strict) => void sameWords(["backtick", "X", "echo", " a", "b", "", "printenv", "X"], { env: { EXECLINE_STRICT: strict } }));

  test.each(["exec >&-;", "exec <&-;", "exec 3</dev/null 9</dev/null;", "exec <&- 4</dev/null;"])("descriptors after %s", (before) => {
    const looks = "for fd in /proc/self/fd/*; do readlink $fd; done | sed 's/[0-9][0-9]*/N/g' >&2; echo said";
    sameWords(["backtick", "X", " sh", " -c", ` ${looks}`, "", "sh", "-c", `${looks.replace("; echo said", "")}; echo $X >&2`], { before });
  });

  // 2.9.3 does nothing then, and exits 0.
  test("needs something to go on with", () => expect(ourWords(["backtick", "X", " true", ""])).toMatchObject({ exitCode: 100, stderr: "backtick: fatal: empty remainder\n" }));

  test("from a file of another directory", () => {
    const cwd = makeTempDirectory();
    mkdirSync(join(cwd, "d"));
    writeFileSync(join(cwd, "d", "f"), "content\n");
    sameWords(["backtick", "X", " cat", " d/f", "", "printenv", "X"], { cwd });
  });
});

describe("-E", () => {
  test.each(["getcwd -E X echo ${X}", "getcwd -E X printenv X", "getcwd -E X", "getcwd -E X nonexistent", "getcwd -Ee X printenv X", "getcwd -E X ${X}", "getcwd -E X getcwd -E Y echo ${X}-$Y", "getcwd -E X if { eltest -d ${X} } echo on", "getpid -E X printenv X", "getpid -E -x"])(
    "%s", (line) => void sameWords(blocks(line), { env: { X: "old" } }));

  test.each([[], ["-I"], ["-i"], ["-D", "d"], ["-N"]])("withstdinas %j %j", (...options) => {
    for (const stdin of ["a b\n", "$X", "a\0b"]) sameWords(["withstdinas", "-E", ...options, "X", "echo", "<${X}>", "$X$X"], { stdin });
    sameWords(["withstdinas", ...options, "-E", "X", "printenv", "X"], { stdin: "a", env: { X: "old" } });
  });

  test.each([[], ["-i"], ["-I"], ["-D", "d\n"], ["-N"]])("backtick %j %j", (...options) => {
    for (const script of ["echo a b", "echo '$X'", "echo a; exit 3", "printf 'a\\0b'"]) sameWords(["backtick", "-E", ...options, "X", " sh", " -c", ` ${script}`, "", "echo", "<${X}>", "$X$X"], { env: { X: "old" } });
  });

  test.each([
    [["-I"], "echo a; exit 3", "<a:3:a>\n"], [["-D", "$?"], "exit 200", "<$?:200:$?>\n"], [["-I"], "kill -9 $$", "<:265:>\n"], [["-I"], "echo", "<:0:>\n"], [["-i"], "echo a", "<a:${?}:a>\n"],
  ] as const)("backtick %j puts ? in its place, too: %s", (options, script, stdout) => {
    const env = { "?": "old" };
    expect(ourWords(["backtick", "-E", ...options, "X", " sh", " -c", ` ${script}`, "", "echo", "<${X}:${?}:${X}>"], { env })).toMatchObject({ exitCode: 0, stdout, stderr: "" });
    expect(ourWords(["backtick", "-E", ...options, "X", " sh", " -c", ` ${script}`, "", "printenv", "X", "?"], { env })).toMatchObject({ exitCode: 1, stdout: options[0] === "-i" ? "old\n" : "" });
  });

  test("backtick may store ? itself", () => expect(ourWords(["backtick", "-IE", "?", " echo", " a", "", "echo", "$?"]).stdout).toBe("a\n"));
});
