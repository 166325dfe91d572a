import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const HAS = `sh -c "cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd | sed 's/[0-9][0-9]*/N/g') $(grep flags ../fdinfo/$fd); done"`;
const QUIET = "foreground { sleep 0.1 }";

describe("background", () => {
  test.each([
    "background", "background -z", "background { }", "background { } echo", 'background "" ""', "background a", "background { nonexistent } echo x", "background { /etc } echo x", "background { true }", "background -d { true }",
"background { true } nonexistent", "background { cat } cat", "background -d { nonexistent }", "background { printenv ! } wait { } echo",
    `background { sh -c "echo a" } ${QUIET} sh -c "ps -o stat=,comm= --ppid $$ | grep -c Z"`, `background -d { sh -c "echo a" } ${QUIET} sh -c "ps -o stat=,comm= --ppid $$ | grep -c Z"`,
  ])("%s", (script) => void sameScript(script, { stdin: "x\n" }));

  test.each(["", "-d"])("%s: the pid", (options) => {
    const { stdout } = ourScript(`background ${options} { sh -c "echo $$" } foreground { printenv ! } sleep 0.2`);
    expect(new Set(stdout.trim().split("\n")).size).toBe(1);
  });

  test("an orphan that can't be executed says so itself, and leaves no pid", () => {
    expect(sameScript("background -d { nonexistent } echo x").stderr).toBe("\nbackground (grandchild): fatal: unable to exec nonexistent: No such file or directory");
    expect(ourScript("background -d { nonexistent } printenv !").exitCode).toBe(1);
  });

  test("children inherit what the chain has", () => {
    const cwd = makeTempDirectory();
    for (const options of ["", "-d"]) {
      const script = `background ${options} { ${HAS} } foreground { sh -c "read x <&9" } true`;
      sameScript(script, { cwd, before: "rm -f f; mkfifo f; exec 3</dev/null 17>/dev/null 9<>f; { sleep 0.3; echo >&9; } &" });
    }
  });
});

describe("pipeline", () => {
  test.each([
    "pipeline", "pipeline -z", "pipeline a", "pipeline { true }", "pipeline { nonexistent } echo x", "pipeline { /etc } cat", "pipeline { echo a } cat", "pipeline -d { echo a } cat", "pipeline -w { cat } echo a", "pipeline -r -w { cat } echo a",
    "pipeline -w -r { echo a } cat", "pipeline -dw { sh -c \"cat; echo end >&2\" } sh -c \"exec 2>&1; echo a\"", "pipeline { echo a } pipeline { tr a b } pipeline -w { sed s/^/x/ } cat", "pipeline { echo a } nonexistent", "pipeline -d { nonexistent } cat",
    "pipeline { sh -c \"cat; echo y\" } cat", "pipeline { if { true } echo a } if { true } cat", "pipeline { yes } head -n 3", 
    `pipeline { sleep 0 } ${HAS}`, `pipeline -d { sleep 0 } ${HAS}`, `pipeline { ${HAS} } cat`, `pipeline -d { ${HAS} } cat`, `pipeline -w { cat } ${HAS}`, `pipeline -w { ${HAS} } sleep 0.3`,
  ])("%s", (script) => {
    for (const before of ["", "exec 3</dev/null 4>/dev/null 17>/dev/null;", ...(script.includes("cat") ? [] : ["exec <&-;"])]) sameScript(script, { before, stdin: "x\n" });
  });

  test.each(["exec <&-;", "exec >&-;", "exec <&- >&-;"])("%s", (before) => {
    sameScript("pipeline { echo a } sh -c \"cat >out\"", { before });
    sameScript("pipeline -w { sh -c \"cat >&2\" } echo a", { before });
  });

  test("an empty block is an error, as since 2.9.7.0", () => {
    for (const script of ["pipeline { } echo x", "pipeline { }"]) expect(ourScript(script)).toMatchObject({ exitCode: 100, stderr: "pipeline: fatal: empty block\n" });
  });
});

describe("heredoc", () => {
  test.each([
    "heredoc", "heredoc -z", "heredoc 0", "heredoc 0 a", "heredoc x a cat", "heredoc -1 a cat", "heredoc 0x1 a cat", 'heredoc "" a cat', "heredoc 0 abc cat", "heredoc -d 0 abc cat", 'heredoc 0 "" cat', "heredoc 5 abc fdmove 0 5 cat", "heredoc 99999 abc cat",
    "heredoc 4294967296 abc cat", "heredoc 0 abc heredoc 3 def sh -c \"cat; cat <&3\"", "heredoc 0 \"a\\nb\\n\" sh -c \"read x; echo $x; cat\"", "heredoc 0 a nonexistent", "heredoc 0 a sh -c \"printenv !\"", "heredoc 7 a true",
    "heredoc 0 \"\\0xff\\0x80\\0x01\" od -c",
  ])("%s", (script) => {
    for (const before of ["", "exec <&-;", "exec 3</dev/null 5</dev/null;"]) sameScript(script, { before });
  });

  test.each([65536, 65537, 131071])("%i bytes", (size) => {
    const script = "importas -i T T unexport T heredoc 0 $T sh -c \"head -c 10; wc -c; \"";
    // A string of the environment may be that long.
    sameScript(script.replace("importas -i T T unexport T", "backtick -n T { sh -c \"cat t\" } importas -i T T unexport T"), { before: `head -c ${size - 1 - (size > 131000 ? 10 : 0)} /dev/zero | tr '\\0' x >t; printf y >>t;` });
  });
});
