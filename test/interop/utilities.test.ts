import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chainWith } from "../support/chains.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";

const say = (script: string, cwd = makeTempDirectory(), env: Readonly<Record<string, string>> = {}) => {
  const { exitCode, stdout, stderr } = chainWith(OUR_BIN, { cwd, env }, script);
  return { exitCode, stdout, stderr };
};

test.each([
  ["s6-echo a b", "a b\n"], ["s6-echo -n a b", "a b"], ["s6-echo -s : a 'b c'", "a:b c\n"], ["s6-echo -ns '' a b", "a\0b"], ["s6-echo -- -n", "-n\n"], ["s6-echo", "\n"],
  ["s6-seq 3", "1\n2\n3\n"], ["s6-seq 0", ""], ["s6-seq 8 11", "8\n9\n10\n11\n"], ["s6-seq -w 8 10", "08\n09\n10\n"], ["s6-seq 1 4 10", "1\n5\n9\n"], ["s6-seq -s '' 2", "1\x002\0"], ["s6-seq -s , 3", "1,2,3,"], ["s6-seq 100000 | tail -n 1", "100000\n"],
])("%s", (script, stdout) => expect(say(script)).toEqual({ exitCode: 0, stdout, stderr: "" }));

test.each(["s6-seq", "s6-seq -1", "s6-seq 1 2 3 4", "s6-seq 1 0 5", "s6-mkfifo", "s6-mkfifo -m 9 x", "s6-chown", "s6-chown -u x y", "s6-chown -U y", "s6-rmrf", "s6-maximumtime 5", "s6-maximumtime x true", "s6-maximumtime -z 5 true"])(
  "%s is wrong usage", (script) => expect(say(script).exitCode).toBe(100));

test("s6-mkfifo and s6-chown: rights and owners", () => {
  const cwd = makeTempDirectory();
  expect(say("umask 027; s6-mkfifo a b && s6-mkfifo -m 0622 c && s6-chown -g 5 a && s6-chown -u 6 b && s6-envuidgid daemon s6-chown -U c; s6-mkfifo a; s6-chown -u 1 nowhere", cwd)).toEqual({
    exitCode: 111, stdout: "", stderr: "s6-mkfifo: fatal: unable to mkfifo a: File exists\ns6-chown: fatal: unable to chown nowhere: No such file or directory\n",
  });
  const seen = ["a", "b", "c"].map((name) => lstatSync(join(cwd, name))).map((found) => [found.isFIFO(), (found.mode & 0o7777).toString(8), found.uid, found.gid]);
  expect(seen).toEqual([[true, "640", 0, 5], [true, "640", 6, 0], [true, "622", 1, 1]]);
});

test("s6-rmrf removes all of it and follows no link", () => {
  const cwd = makeTempDirectory();
  mkdirSync(join(cwd, "tree", "below"), { recursive: true });
  mkdirSync(join(cwd, "kept"));
  writeFileSync(join(cwd, "kept", "file"), "");
  symlinkSync("../kept", join(cwd, "tree", "link"));
  expect(say("s6-rmrf tree && s6-rmrf tree && s6-rmrf kept/file && ls && ls kept", cwd)).toEqual({ exitCode: 0, stdout: "kept\n", stderr: "" });
});

test("s6-maximumtime: the program's own end, or a signal", () => {
  expect(say("s6-maximumtime 0 sh -c 'exit 7'").exitCode).toBe(7);
  expect(say("s6-maximumtime 20000 sh -c 'kill -9 $$'").exitCode).toBe(137);
  expect(say("s6-maximumtime -1 50 sh -c 'trap \"echo usr1; exit\" USR1; sleep 5 >/dev/null & wait'; sleep 0.2")).toMatchObject({ stdout: "usr1\n" });
  expect(say("s6-maximumtime -k 10 sleep 5")).toEqual({ exitCode: 99, stdout: "", stderr: "s6-maximumtime: fatal: child process timed out\n" });
  expect(say("s6-maximumtime 5 nosuchprogram").exitCode).toBe(111);
});
