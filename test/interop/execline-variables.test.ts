import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { ourCommands, sameCommands } from "../support/execline-commands.ts";

const VARIABLES = `PATH=/usr/bin:/bin LD_LIBRARY_PATH=/x X=1 1=a 2=z '#=1' 0=me FD0=4 ELGETOPT_a=1 ELGETOPT_a:1=2 ELGETOPT_=3 EXECLINE_STRICT=0 '?=1' '!=2' '!x=3' '?x=4' =odd XFD3=5`;
/** What HEAD's emptyenv -c leaves, and 2.9.3's does not. */
const MORE = "0abc=q 1:1=b 1:2=c '#:1=2' 12:x=8 FDx=4 FD=5 EXECLINE_X=1";

function cwd(): string {
  const directory = makeTempDirectory();
  writeTree(directory, { text: "text\n", "dir/file": "", vars: 'A=1\nB = "x y"  # no comment\n# a comment\nC=\n', wrong: "A=1\nB\n", bytes: "A=\xff\n\n" });
  return directory;
}

describe("like Debian's", () => {
  test.each([
    ["cd and umask", [
      ...["cd", "execline-cd"].flatMap((cd) => ["", "dir", "dir pwd", "nonexistent pwd", "'' pwd", "- pwd", "-- pwd", "-x pwd", "text pwd", "dir nope", "/ env", "dir $E/cd .. pwd", "$'\\xff' pwd"].map((line) => `${cd} ${line}`)),
      ...["umask", "execline-umask"].flatMap((umask) => ["", "22", "22 nope", "-x"].map((line) => `${umask} ${line}`)),
      ...["22", "0", "8", "77x", "x", "''", "-1", "7777", "1777", "77777777777", "37777777777", "40000000000", "40000000022", "00000000000000000000000022", "+22", "2-2", "--", "' 22'", "20000000000"].map((mask) => `umask ${mask} sh -c umask`),
    ]],
    ["exec", [
      "", "-c", "-a", "-a foo", "-l -a foo", "-x echo", "-- echo a", "- a", "echo a", "-c env", "-cc env", "nope", "-c nope", "-a foo nope", "-l nope", "'' a", "-l ./dir", "-c -a '' ./text", "-c /usr/lib/execline/bin/exec env", "-c export A B env",
      ...["-l", "-a foo", "-la foo", "-a ''", "-a x -a y", "-l --", "-a $'\\xff'"].map((options) => `${options} cat /proc/self/cmdline`), "-a foo exec -l cat /proc/self/cmdline", "-l exec -a bar cat /proc/self/cmdline", "-a foo execlineb -S0c 'echo $0'", "-l execlineb -c env",
    ].map((line) => `exec ${line}`)],
    ["export, unexport", [
      ...["", "A", "A B", "A B env", "A=C B env", "'' B env", "= B env", "A '' env", "A b=c env", "-- A env", "-x B env", "A B nope", "PATH /nonexistent env", "PATH /nonexistent /usr/lib/execline/bin/exec env", "$'\\xff' $'\\xfe\\n' env", "'a b' c env"].map((line) => `export ${line}`),
      ...["", "X", "X env", "Y env", "X=1 env", "'' env", "-- env", "-X env", "X nope", "= env", "X= env", "PATH env", "PATH nope"].map((line) => `env X=1 $E/unexport ${line}`),
    ]],
    ["emptyenv", [
      ...["", "-p", "env", "-p env", "-c env", "-o env", "-P env", "-oP env", "-cP env", "-pc env", "-po env", "-pP env", "-- env", "nope", "-p nope", "-cp env", "-oc env", "-PP env"].map((options) => `env -i ${VARIABLES} $E/emptyenv ${options}`),
      ...["env", "-o env", "-P env"].map((options) => `env -i PATH=/usr/bin 1=x ${MORE} $E/emptyenv ${options}`),
    ]],
    ["envfile", [
      "", "vars", "vars env", "nonexistent env", "-i nonexistent env", "-I nonexistent env", "-Ii nonexistent env", "-iI nonexistent env", "-I wrong env", "wrong env", "dir env", "-I dir env", "-x vars env", "-- vars env", "- env <vars", "- env <wrong", "'' env", "-I '' env",
      "- env <&-", "vars/x env", "-I vars/x env", "vars nope", "-I -- - env <vars", "- env <dir", "-I - env <&-", "-I", "/dev/null env", "bytes env", "- env < <(echo A=1; sleep 0.1; echo B=2)", "/dev/fd/3 env 3<vars",
    ].map((line) => `envfile ${line}`)],
  ])("%s", (_, lines) => {
    sameCommands({ cwd: cwd() }, lines.map((line) => `exec ${line.startsWith("env ") ? "" : "$E/"}${line}`));
  });
});

test("export-array", () => {
  const show = "printenv A";
  expect(ourCommands({ cwd: "/" }, [
    `$E/export-array A ' a' ' b c' '  ' '' ${show}`, `$E/export-array -d :x A ' a' ' b' '' ${show}`, `$E/export-array -d '' A ' a' '' ${show}`, `$E/export-array -- A ' a' '' ${show}`, `$E/export-array A '' ${show}`, `$E/export-array A=B ' a' '' ${show}`,
    `$E/export-array A ' a' ''`, `$E/export-array A ' a'`, `$E/export-array`, `EXECLINE_STRICT=1 $E/export-array A a ' b' '' ${show}`, `EXECLINE_STRICT=2 $E/export-array A a '' ${show}`, `EXECLINE_STRICT=1 $E/export-array A a`, `$E/export-array A ' x' ' y z' '' $E/importas -sSd '' A printf '<%s>' '$A'`,
  ]).map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr.replace(/usage: .*/, "usage")])).toEqual([
    [0, "1:a,3:b c,1: ,\n", ""], [0, "a:b:\n", ""], [0, "1:a,\n", ""], [0, "1:a,\n", ""], [100, "", "export-array: fatal: empty block\n"], [100, "", "export-array: fatal: invalid variable name: A=B\n"],
    [100, "", "export-array: usage\n"], [100, "", "export-array: fatal: unterminated block\n"], [100, "", "export-array: usage\n"], [0, "1:a,1:b,\n", "export-array: warning: unquoted argument a at block 1 position 0\n"],
    [100, "", "export-array: fatal: unquoted argument a at block 1 position 0\n"], [100, "", "export-array: warning: unquoted argument a at block 1 position 0\nexport-array: fatal: unterminated block\n"], [0, "<x><y z>", ""],
  ]);
});

describe("emptyenv as in 2.9.9", () => {
  test("-l keeps where libraries are", () => {
    const said = ourCommands({ cwd: "/" }, ["-l", "-pl", "-lc"].map((options) => `env -i PATH=/bin LD_LIBRARY_PATH=/x A=1 '#=1' $E/emptyenv ${options} /usr/bin/env`));
    expect(said.map(({ stdout }) => stdout.split("\n").filter((line) => line !== "").sort())).toEqual([["LD_LIBRARY_PATH=/x"], ["LD_LIBRARY_PATH=/x", "PATH=/bin"], ["A=1", "LD_LIBRARY_PATH=/x", "PATH=/bin"]]);
  });

  test("-c removes execline's own variables only", () => {
    const [said] = ourCommands({ cwd: "/" }, [`env -i ${VARIABLES} ${MORE} $E/emptyenv -c /usr/bin/env`]);
    expect(said?.stdout.trim().split("\n").sort()).toEqual(["!x=3", "#:1=2", "0abc=q", "1:1=b", "1:2=c", "12:x=8", "=odd", "?x=4", "EXECLINE_X=1", "FD=5", "FDx=4", "LD_LIBRARY_PATH=/x", "PATH=/usr/bin:/bin", "X=1", "XFD3=5"].sort());
  });

  test("what is no option", () => {
    expect(ourCommands({ cwd: "/" }, ["$E/emptyenv -x true", "$E/emptyenv --what true"]).map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [100, "emptyenv: fatal: unrecognized short option: x\n"], [100, "emptyenv: fatal: unrecognized boolean option: --what\n"],
    ]);
  });
});
