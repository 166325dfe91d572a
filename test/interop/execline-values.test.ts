import { describe, expect, test } from "vitest";
import { blocks, sameInProcess, sameWords } from "../support/execline-words.ts";

describe("exit", () => {
  test.each(["", "0", "300", "-1", "5x", "x", "4294967295", "4294967296", "1 2", "+5", "-- 5", "-x", "0005", "99999999999999999999", "--", "''", "7 -x"])("%s", (args) => void sameInProcess(blocks(`exit ${args}`)));
  test.each(["7", "-1", "--help x"])("%s as a process", (args) => void sameWords(blocks(`exit ${args}`)));
});

describe("homeof", () => {
  test.each([[], ["root"], ["daemon"], ["nobody", "x"], ["--", "root"], ["nonexistent"], [""], ["-x"], ["\xff"], ["root:"], ["0"]])("%j", (...args) => void sameInProcess(["homeof", ...args]));
  test.each(["", "exec >&-;", "exec >/dev/full;", "exec <&- >&- 2>&-;"])("with %j", (before) => void sameWords(["homeof", "root"], { before }));
});

describe("getpid and getcwd", () => {
  test.each([[], ["X"], ["-P", "X"], ["A=B", "true"], ["A=B"], ["", "true"], ["-x", "X"], ["X", "nonexistent"], ["-E", "X"], ["-E", "A=B", "echo"], ["X", ""], ["--", "X"], ["-p", "X", "nonexistent"]])("%j", (...args) => {
    for (const program of ["getpid", "getcwd"]) sameInProcess([program, ...args]);
  });

  test.each(["getpid", "getpid -P", "getpid -Pp", "getpid -pP", "getpid -e", "getpid -Ee"])("%s tells the truth", (command) => {
    const { stdout } = sameWords([...command.split(" "), "X", "sh", "-c", 'test $X = $$ && echo own; test $X = $PPID && echo parent']);
    expect(stdout).toBe(command.endsWith("P") ? "parent\n" : "own\n");
  });

  test("getcwd in odd places", () => {
    for (const before of ["", "mkdir -p $'a \\xff'; cd $'a \\xff';", "mkdir -p d; ln -sfn d l; cd l;", "mkdir -p gone; cd gone; rmdir ../gone;", "cd /;", "d=$(printf 'x%.0s' {1..200}); for i in {1..10}; do mkdir -p $d; cd $d; done;"]) {
      sameWords(["getcwd", "X", "env", "-0"], { before: `unset OLDPWD; ${before}` });
      sameWords(["getcwd", "-e", "X", "getcwd", "-ee", "Y", "printenv", "X", "Y"], { before });
    }
  });
});

describe("fdreserve", () => {
  test.each([
    "", "3</dev/null 5</dev/null", "<&-", "<&- >&7", "<&- 7>&1 2>&-", "3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null 10</dev/null 20</dev/null",
  ])("after exec %s", (redirections) => {
    for (const count of ["0", "1", "2", "5"]) sameWords(["fdreserve", count, "env", "-0"], { before: redirections === "" ? "" : `exec ${redirections};` });
  });

  test.each([[7, 10, ""], [8, 10, ""], [9, 10, ""], [10, 10, ""], [11, 10, ""], [8, 10, "exec <&-;"], [9, 10, "exec <&-;"], [3, 7, "exec 3</dev/null 5</dev/null;"], [2, 7, "exec 3</dev/null 5</dev/null;"], [1, 3, ""], [2, 3, ""]])("%i of %i", (count, limit, before) => {
    sameWords(["fdreserve", String(count), "env", "-0"], { before: `${before} ulimit -Sn ${limit};` });
  });

  test.each([[], ["2"], ["x", "env"], ["-1", "env"], ["1x", "env"], ["", "env"], ["--", "1", "env"], ["-x"], ["4294967295", "env"], ["4294967296", "env"], ["100000000", "env"], ["5", "nonexistent"]])("%j", (...args) => void sameInProcess(["fdreserve", ...args]));
});
