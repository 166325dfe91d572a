import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const HAS = "sh -c \"cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd | sed 's/[0-9][0-9]*/N/g') $(grep flags ../fdinfo/$fd); done; umask; ulimit -Sn; sed -n '/SigIgn/p;/SigBlk/p' /proc/$$/status; printenv A\"";
/** What is unusual before the script. */
const BEFORE = ["", "exec 3</dev/null 5</dev/null;", "exec 5</dev/null 6</dev/null 7</dev/null 8</dev/null 9</dev/null 10</dev/null 17</dev/null 40</dev/null;", "exec <&-;", "trap '' HUP USR1; umask 027;", "ulimit -Sn 77;"];
const STARTERS = [
  "foreground { X } true", "background { X } wait { } true", "pipeline { X } cat", "pipeline -w { cat } X", "if { X } X", "ifte { X } { } true", "tryexec { nonexistent } X", "forx V { a } X", "pipeline { echo a } forstdin V X", "heredoc 4 text X", "trap { TERM { true } } X", "ifthenelse { true } { X } { } X",
];
/** What the chain did before. */
const CHANGES = ["", "export A b", "fdclose 5", "fdclose 5 fdclose 6 fdclose 7", "fdmove 5 2", "fdmove -c 4 1", "redirfd -r 0 /etc/hostname", "umask 022", "if { true }", "fdclose 0", "piperw 5 6", "heredoc 0 text"];

describe("what children find", () => {
  test.each(STARTERS)("%s", (starter) => {
    for (const before of BEFORE) if (!(before.includes("<&-") && starter.includes("pipeline { echo"))) sameScript(starter.replaceAll("X", HAS), { before });
  });

  test("behind anything", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...CHANGES), { minLength: 1, maxLength: 3 }), fc.constantFrom(...STARTERS.slice(0, 8)), fc.constantFrom(...BEFORE.slice(0, 3)), (changes, starter, before) => {
      // Where they had no number, ours have none.
      if (changes.includes("fdclose 0") && changes.indexOf("fdclose 0") < changes.lastIndexOf("piperw 5 6")) return;
      sameScript(`${changes.join(" ")} ${starter.replaceAll("X", HAS)}`, { before: `${before} exec 5</dev/null;` });
    }), { seed: 20260727, numRuns: 60 });
  });

  test("no end of a pipe is left open", () => {
    const script = "fdclose 3 fdclose 4 fdclose 5 fdclose 6 fdclose 7 fdclose 8 fdclose 9 fdclose 10 fdclose 11 fdclose 12 pipeline { yes } head -n 1";
    const before = `exec ${[3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((fd) => `${fd}</dev/null`).join(" ")};`;
    expect(sameScript(script, { before }).stdout).toBe("y\n");
  });
});

test("children stay children of the program", () => {
  const { stdout } = ourScript('background { sh -c "sleep 0.2; exit 3" } if { true } pipeline { true } foreground { true } sh -c "ps -o comm= --ppid $$ | sort | tr \'\\n\' \' \'"', { cwd: makeTempDirectory() });
  expect(stdout).toMatch(/ps sh/);
});
