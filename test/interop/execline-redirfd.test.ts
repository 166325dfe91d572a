import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { ourCommands, sameCommands } from "../support/execline-commands.ts";

const NUMBERS = ["0", "1", "3", "5", "03", "77", "99999", "2147483647", "2147483648", "4294967295", "4294967296", "-1", "+1", "x", "''", "' 1'"];
/** Every line begins with the same files. */
const BEFORE = "rm -f nonexistent new; echo text >text; mkfifo fifo 2>/dev/null;";
const SHOW = `sh -c 'cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd) $(grep flags ../fdinfo/$fd); done'`;

function cwd(): string {
  const directory = makeTempDirectory();
  writeTree(directory, { text: "text\n", "dir/file": "" });
  return directory;
}

test("like Debian's", () => {
  const lines = [
    ...["", "3", "3 text", "3 text cat", "-r 3", "-r 3 text", "-n 0 text cat", "-b 0 text cat", "-r -- 0 text cat", "-rw 1 new echo a", "-wr 0 text cat", "-nn -r 5 text", "-r 0 text nope", "-r 2 text nope", "-r 0 '' cat", "-r 0 $'\\xff' cat"].map((line) => `redirfd ${line}`),
    ...["r", "w", "u", "a", "x", "rn", "rb", "rnb", "un", "anb"].flatMap((letters) => ["text", "nonexistent", "dir", "text/x", "/dev/null"].map((file) => `redirfd -${letters} 5 ${file} ${SHOW}`)),
    ...["rn", "rnb", "wn", "wnb", "an", "anb", "u", "un", "ub", "xn"].map((letters) => `redirfd -${letters} 5 fifo ${SHOW}`),
    ...["w", "wn", "r", "u"].map((letters) => `redirfd -${letters} 5 /dev/tty echo`), "redirfd -w 1 /dev/full echo x", "redirfd -r 5 text redirfd -r 4 text redirfd -r 3 /dev/fd/5 cat /dev/fd/3",
    ...NUMBERS.filter((n) => n !== "-1").map((n) => `redirfd -r ${n} text cat`),
  ];
  sameCommands({ cwd: cwd() }, lines.map((line) => `${BEFORE} exec $E/${line}`));
});

describe("redirfd as in 2.9.9", () => {
  test("long names, one by one", () => {
    const lines = ["--read", "--write --create --trunc", "--write --create --append", "--read --write", "-w --no-trunc", "-a --no-create", "-w --excl", "-r --nonblock", "-rn --block", "-rnN", "-r --switch-block", "-r --write --no-write"];
    const flags = ourCommands({ cwd: cwd() }, lines.map((line) => `rm -f new; $E/redirfd ${line} 5 ${/excl|create/.test(line) && !line.includes("no-create") ? "new" : "text"} grep flags /proc/self/fdinfo/5`));
    expect(flags.map(({ stdout, exitCode }) => (exitCode === 0 ? stdout.trim().slice(-5) : exitCode))).toEqual([
      "00000", "00001", "02001", "00002", "00001", "02001", "00001", "04000", "00000", "00000", "04000", "00000",
    ]);
  });

  test("what is no option, or opens nothing", () => {
    expect(ourCommands({ cwd: cwd() }, ["-z", "--what", "--read=x", "--no-read", "-w --no-write", "--create"].map((line) => `$E/redirfd ${line} 5 text true`)).map(({ stderr, exitCode }) => [exitCode, stderr.replace(/usage.*/, "usage")])).toEqual([
      [100, "redirfd: fatal: unrecognized short option: z\n"], [100, "redirfd: fatal: unrecognized boolean option: --what\n"], [100, "redirfd: fatal: unrecognized option with argument: --read=x\n"],
      [100, "redirfd: usage\n"], [100, "redirfd: usage\n"], [100, "redirfd: usage\n"],
    ]);
  });

  test("-f tells the number", () => {
    expect(ourCommands({ cwd: cwd() }, [
      `exec 3</dev/null; $E/redirfd -rf FD text sh -c 'echo $FD; cat <&$FD'`, `exec <&-; $E/redirfd -r --open FD text sh -c 'echo $FD; cat'`, "$E/redirfd -rfE FD text sh -c 'cat <&${FD}; printenv FD'",
      `$E/redirfd -rfEe FD text sh -c 'test $FD -gt 2 && cat <&$FD'`, "$E/redirfd -rf A=B text true", "$E/redirfd -rf FD nonexistent true",
    ])).toMatchObject([
      { stdout: "4\ntext\n" }, { stdout: "0\ntext\n" }, { exitCode: 1, stdout: "text\n" }, { stdout: "text\n" }, { exitCode: 100, stderr: "redirfd: fatal: invalid variable name: A=B\n" },
      { exitCode: 111, stderr: "redirfd: fatal: unable to open nonexistent: No such file or directory\n" },
    ]);
  });
});
