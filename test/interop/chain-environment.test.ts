import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";

const BASE = { SET: "before", EMPTY: "", UID: "7", GID: "8", GIDLIST: "9", TEXT: "\u00e4\u20ac\n;=" };
const ENVIRON = "cat /proc/self/environ";
const SEED = 20260727;

/** A directory of files whose names and contents are bytes. */
function directory(files: Readonly<Record<string, string>>): string {
  const dir = makeTempDirectory();
  mkdirSync(join(dir, "env"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/env/`), Buffer.from(name, "latin1")]), Buffer.from(content, "latin1"));
  }
  return dir;
}

const FILES = {
  A: "x", B: "a b \t\r\r\n x\n\n", C: "a\0b\0\n", D: "\n", SET: "", NEVER: "", "name=x": "v", ".hidden": "v", "\xff\xfe": "q\n", F: "\xff\x80\xfe\n", G: "  \t",
  "?": "1\n", "a b": "c\n", LONG: `${"x".repeat(4094)} yz\n`, LONGER: `${"x".repeat(10000)}\n`, TEXT: "a\r\nb", PATH: "/nonexistent\n", "\x01": "\x01\n",
};

describe("s6-envdir", () => {
  test.each(["", "-n", "-f", "-fn", "-i", "-I", "-iI", "-c x", "-c '\u00e9'", "-nfc yz"])("%s", (options) => {
    const { stdout } = sameChain({ cwd: directory(FILES), env: BASE }, `exec $BIN/s6-envdir ${options} env /bin/${ENVIRON}`);
    expect(stdout).toContain("F=\xff\x80\xfe");
  });

  test.each(["-L", "-Lf", "-Lfn", "-Ln"])("%s", (options) => {
    const { A: _, G: __, TEXT: ___, ...ended } = FILES;
    sameChain({ cwd: directory(ended), env: BASE }, `exec $BIN/s6-envdir ${options} env /bin/${ENVIRON}`);
  });

  test("-L takes a file without a newline as it is", () => {
    const { stdout } = chainWith(OUR_BIN, { cwd: directory({ A: "x" }) }, `exec $BIN/s6-envdir -L env ${ENVIRON}`);
    expect(stdout.split("\0")).toContain("A=x");
  });

  test("any files, any options", () => {
    const bytes = (minLength: number, maxLength: number, ...likely: readonly string[]): fc.Arbitrary<string> =>
      fc.array(fc.oneof(fc.constantFrom("\n", " ", "\t", "\r", ...likely), fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte))), { minLength, maxLength })
        .map((all) => all.join(""));
    const name = bytes(1, 6).map((text) => text.replaceAll("/", "_")).filter((text) => text !== "." && text !== "..");
    const files = fc.dictionary(name, bytes(0, 30, "\0"), { maxKeys: 8 });
    const options = fc.subarray(["-n", "-f", "-I", "-cX"]);
    fc.assert(fc.property(files, options, (content, words) => {
      sameChain({ cwd: directory(content), env: BASE }, `exec $BIN/s6-envdir "$@" env ${ENVIRON}`, ...words);
    }), { seed: SEED, numRuns: 25 });
  });

  test.each(["", "-x env true", "-c", "env", "env ''", "env nonexistent", "env /etc/passwd", "nonexistent true", "-I nonexistent echo on", "-c '' env true",
    "'' true", "-I /etc/passwd true", "-- env echo on", "- echo on", "-I . echo on", "--foo env true", "bad true", "-I bad echo on"])("the command line %s", (args) => {
    const cwd = directory({});
    mkdirSync(join(cwd, "bad"));
    symlinkSync("nowhere", join(cwd, "bad", "dangling"));
    sameChain({ cwd }, `exec $BIN/s6-envdir ${args}`);
  });

  test("a subdirectory is an error", () => {
    const cwd = directory({ A: "x" });
    mkdirSync(join(cwd, "env", "sub"));
    expect(sameChain({ cwd }, "exec $BIN/s6-envdir env true").exitCode).toBe(111);
  });

  test("a FIFO is read when somebody writes", () => {
    const script = "rm -f env/A; mkfifo env/A; (echo x; echo y) >env/A & exec $BIN/s6-envdir env sh -c 'echo $A'";
    expect(sameChain({ cwd: directory({}) }, script).stdout).toBe("x\n");
  });

  test("bytes that are no UTF-8 are the same behind it, in variables and arguments", () => {
    const script = `export ODD=$'\\xff\\xc3'; exec $BIN/s6-envdir env printf '%s;' $'\\xff\\xfe' $'\\xc3\\xa4' "" a`;
    expect(sameChain({ cwd: directory({}) }, script).stdout).toBe("\xff\xfe;\xc3\xa4;;a;");
    expect(sameChain({ cwd: directory({ A: "1" }) }, `export ODD=$'\\xff\\xc3'; exec $BIN/s6-envdir env ${ENVIRON}`).stdout).toContain("ODD=\xff\xc3");
  });

  test("the program is looked for in the PATH that was there before", () => {
    expect(sameChain({ cwd: directory({ PATH: "/nonexistent" }) }, "exec $BIN/s6-envdir env sh -c 'echo $PATH'").stdout).toBe("/nonexistent\n");
  });
});

describe("s6-envuidgid", () => {
  const accounts = ["daemon", "nobody", "root", "nope", "postgres", "daemon:bin", "daemon:", ":bin", ":", "nope:bin", "daemon:nope", "55", "55:66", "5:x", "''", "007:08"];
  test.each(accounts)("%s", (account) => {
    for (const options of ["", "-u", "-g", "-B", "-n", "-nu", "-ng", "-nB", "-D 1:2:3,4", "-nD 1:2:3", "-uD 5", "-gD 5:6", "-BD :6:7"]) {
      if (/^-n[ug]/.test(options) && /^[0-9]+:/.test(account)) continue; // C takes the digits
      sameChain({ cwd: "/", env: BASE }, `exec $BIN/s6-envuidgid ${options} ${account} ${ENVIRON}`);
    }
  });

  test.each(["5", "5:", ":", "::", "5:6", "5:6:", "5:6:7 8,", "5:6:7:8", "5x", "''", "x:1", "1:x", "5:6:x", "-1", "4294967295:1", ":6", "1:2:3,,4;;5 6\t7"])(
    "-D %s", (ids) => void sameChain({ cwd: "/", env: BASE }, `exec $BIN/s6-envuidgid -D $'${ids.replaceAll("'", "")}' nope ${ENVIRON}`));

  test.each(["", "root", "-x root true", "-D", "-i -D 1:2 nope env", "-D 1:2 -i nope env", "-Bu daemon env", "-uB daemon:bin env", "-gu daemon env",
    "-un daemon:bin env", "root nonexistent", "root ''", "-- root echo on", "- env"])("the command line %s", (args) =>
    void sameChain({ cwd: "/", env: BASE }, `$BIN/s6-envuidgid ${args} | grep -E '^(UID|GID|GIDLIST)=|^on' | sort; echo \${PIPESTATUS[0]}`));

  test("a number is a number as a whole, and fits", () => {
    expect(chainWith(OUR_BIN, { cwd: "/" }, "exec $BIN/s6-envuidgid -n 5x env")).toMatchObject({ exitCode: 1, stderr: "s6-envuidgid: fatal: unknown user: 5x\n" });
    expect(chainWith(OUR_BIN, { cwd: "/" }, "exec $BIN/s6-envuidgid -n 4294967296 env")).toMatchObject({ exitCode: 1, stderr: "s6-envuidgid: fatal: unknown user: 4294967296\n" });
  });
});
