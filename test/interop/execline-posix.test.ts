import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { blocks, ourWords, sameInProcess, sameWords } from "../support/execline-words.ts";

const SEED = 20261121;

describe("eltest", () => {
  test.each([
    "", "a", "''", "\\", "=", "a = a", "a = b c", "a -eq b", "1 -eq 1x", "-t x", "-t 0", "-t 99999999999", "a =~ [", "abc =~ b.$", "( a", "a )", "--", "-x", "-- a", "! a", "! -e /", "-d / -a ! -f /", "-n '' -o -d /etc", "-v X", "-v Y",
    "-e \xff", "/etc -nt /nonexistent", "/nonexistent -ot /etc", "-L /proc/self/exe", "-h /etc", "-k /tmp", "-c /dev/null", "-b /dev/null", "-p /dev/stdin", "-O /etc", "-G /etc", "-U /etc", "-s /etc/passwd", "-w /proc/version", "-x /etc/passwd", "-r /etc/passwd",
    "\\-n", "\\\\a", "a < b", "b > \xe4", "-eq", "1 -lt -5", "-5 -lt 1", "\\-5 -lt 1", "+1 -eq 1",
  ])("%s", (line) => void sameInProcess(blocks(`eltest ${line}`), { env: { X: "" } }));

  test.each(["", "exec <&-;", "exec 0</dev/tty;", "exec </dev/null 5</dev/null;"])("-t, after %s", (before) => {
    for (const fd of ["0", "1", "5", "9", "10", "20", "4294967295"]) sameWords(["eltest", "-t", fd], { before });
    const { exitCode, stdout } = ourWords(["script", "-qec", "eltest -t 0 -a -t 1 -a ! -t 5; echo $?", "/dev/null"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "0\r\n" });
  });

  test("compares times to the nanosecond, and files as they are", () => {
    const cwd = makeTempDirectory();
    for (const name of ["a", "b"]) writeFileSync(join(cwd, name), "");
    const before = "touch -d '2020-01-01 00:00:00.000000001' a; touch -d '2020-01-01 00:00:00.000000002' b;";
    for (const [line, exitCode] of [["b -nt a", 0], ["a -ot b", 0], ["a -nt b", 1], ["a -ef b", 1], ["a -ef ./a", 0]] as const) expect(ourWords(["eltest", ...line.split(" ")], { cwd, before }).exitCode).toBe(exitCode);
  });

  test("is asked by those who choose", () => {
    for (const line of ["if { eltest a = a } echo on", "if -n { eltest a = a } echo on", "if { eltest = } echo on", "ifelse { eltest -d / } { echo d } echo none", "if { eltest a } if { exit 3 } echo on", "foreground { exit 300 } printenv ?", "ifte { echo t } { echo e } eltest -z x"]) {
      sameWords(blocks(line));
    }
  });
});

describe("posix-umask", () => {
  test.each([
    "", "-S", "077", "077 sh -c umask", "077x sh -c umask", "-S 077", "-S 027 posix-umask", "-S 027 posix-umask -S", "g-w nonexistent", "''", "'' posix-umask", "-x", "99", "-- -w posix-umask", "-w posix-umask", "0777777 posix-umask", "77777777777 posix-umask", "u+s posix-umask",
    "u=rwx,g=x,o=r posix-umask", "a-w posix-umask", "g=u posix-umask", "=r posix-umask -S", "u=r,,g=w posix-umask", "ug+x,o-rwx posix-umask", "--", "u", "z=r", "027 umask", "+ posix-umask", "000 posix-umask",
  ])("%s", (line) => {
    for (const mask of ["022", "0777"]) sameWords(blocks(`posix-umask ${line}`), { before: `umask ${mask};` });
  });

  test("o= takes all rights away", () => expect(ourWords(["posix-umask", "u=rwx,g=,o=r", "posix-umask", "o=", "posix-umask"], { before: "umask 022;" }).stdout).toBe("0077\n"));
  test.each(["exec >&-;", "exec >/dev/full;"])("after %s", (before) => void sameWords(["posix-umask"], { before }));
});

describe("posix-cd", () => {
  const before = "mkdir -p d/sub d/x $'\\xff'; ln -sfn d/sub l; echo >file;";
  const PWD = { PWD: "CWD" };
  /** The directory of the test stands in variables, too. */
  const same = (words: readonly string[], env: Readonly<Record<string, string>> = PWD, more = "") => {
    const cwd = makeTempDirectory();
    const placed = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replaceAll("CWD", cwd)]));
    return sameWords(words, { cwd, env: placed, before: before + more });
  };

  test.each([
    [], ["d"], ["d", "env", "-0"], ["-x", "d"], ["-", "env"], [""], ["", "env"], ["l", "env", "-0"], ["-P", "l", "env", "-0"], ["-PL", "l", "env", "-0"], ["-LP", "l", "env", "-0"], ["l/..", "env", "-0"], ["-P", "l/..", "env", "-0"], ["nope", "env"], ["nope/../d", "env"],
    ["file/../d", "env"], ["file", "env"], ["-P", "nope/../d"], ["d", "nonexistent"], ["\xff", "env", "-0"], ["d\ne"], ["--", "d", "env", "-0"], [".", "env", "-0"], ["..", "/usr/bin/pwd"], ["d", "getcwd", "X", "printenv", "X", "OLDPWD"],
    ["d", "posix-cd", "-", "env", "-0"], ["d", "posix-cd", "sub", "posix-cd", "..", "env", "-0"],
  ])("%j %j %j", (...args) => void same(["posix-cd", ...args]));

  test.each([
    [{ HOME: "/tmp" }, []], [{ HOME: "" }, []], [{ HOME: "/nope" }, []], [{ OLDPWD: "/tmp" }, ["-"]], [{ OLDPWD: "/tmp", ...PWD }, ["-", "env", "-0"]], [{ OLDPWD: "/tmp" }, ["-P", "-"]], [{ OLDPWD: "" }, ["-"]], [{ OLDPWD: "/nope" }, ["-", "env"]],
    [{ PWD: "/wrong" }, ["d", "env"]], [{ CDPATH: "CWD/d", ...PWD }, ["sub", "env", "-0"]], [{ CDPATH: "/nope:CWD/d", ...PWD }, ["-P", "sub", "env", "-0"]], [{ CDPATH: "/nope" }, ["nope", "env"]], [{ CDPATH: "/nope:CWD/file", ...PWD }, ["nope/../x", "env"]], [{ CDPATH: "CWD/d" }, ["./d"]],
  ] as const)("%j %j", (env, args) => void same(["posix-cd", ...args], env));

  test.each(["exec >&-;", "exec >/dev/full;", "mkdir -p gone; cd gone; rmdir ../gone;"])("after %s", (more) => {
    same(["posix-cd", "-", "true"], { OLDPWD: "/tmp" }, more);
    same(["posix-cd", "/tmp"], {}, more);
  });

  // C's puts there what was given.
  test("PWD is absolute", () => expect(ourWords(["posix-cd", "d", "printenv", "PWD", "OLDPWD"], { before: "mkdir d;" }).stdout).toBe("CWD/d\nCWD\n"));
});

test("chains of them", () => {
  const link = fc.constantFrom("posix-cd d", "posix-cd -P ..", "posix-cd /usr/bin", "posix-umask g-r", "posix-umask 077", "getcwd D", "if { eltest -d d }", "if -n { eltest -d d }", "backtick W { posix-umask }", "backtick -N W { printenv PWD }", "posix-cd -");
  fc.assert(fc.property(fc.array(link, { minLength: 2, maxLength: 5 }), (links) => {
    const cwd = makeTempDirectory();
    sameWords([...links, "env -0"].flatMap(blocks), { cwd, env: { PWD: cwd, OLDPWD: "/usr" }, before: "mkdir -p d/d;" });
  }), { seed: SEED, numRuns: 20 });
});
