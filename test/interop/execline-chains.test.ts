import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHAIN_PROGRAMS } from "../../src/cli/chain-programs.ts";
import { STATE_PROGRAMS } from "../../src/chain/state-programs.ts";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { STATE } from "../support/chains.ts";
import { ourCommands, sameCommands } from "../support/execline-commands.ts";

const SEED = 20261124;
const CHAINS = 120;

/** In a script, with DIR for the directory of the files. */
const LINKS = [
  "export A a", 'export B "b c"', "export PATH2 ${PATH}", "export 1 one", "export FD7 7", "unexport A", "unexport X", "emptyenv -p", "emptyenv -c", "emptyenv -P", "emptyenv -o", "emptyenv -oP", "envfile DIR/vars", "envfile -I DIR/nonexistent", "s6-envdir DIR/env", "s6-envdir -I nonexistent",
  "cd DIR/sub", "cd ..", "cd /", "umask 27", "execline-umask 7", "execline-cd DIR", "exec", "exec -a name", "exec -l",
  "fdmove -c 3 1", "fdmove 4 2 fdmove -c 2 4", "fdclose 0", "fdclose 5", "fdswap 1 2", "fdblock -n 0", "fdblock 0", "redirfd -r 0 /dev/null", "redirfd -r 5 DIR/text", "redirfd -w 17 /dev/null", "redirfd -a 6 DIR/log", "redirfd -u 9 DIR/text", "redirfd -rnb 20 DIR/fifo", "piperw 6 7", "piperw 19 18",
  "define K v export K $K", "define -s W \"W V\" export $W", "importas -D none V A export C ${V}", "importas -uD none V B export D $V", "multisubstitute { define K k importas -D \"\" E X elglob -s G DIR/t* } export G ${K}-${E}-${G}", "multidefine \"1 2 3\" { A B } export E ${A}${B}",
  "export \"#\" 2 export 0 me export 1 p export 2 q elgetpositionals export P \"${#}-${0}-${1}-${2}\"", "elglob -s0 G DIR/no* export N n$G", "foreground { umask 0 export Z z cd / fdclose 1 true }", "if { true }",
  "s6-envuidgid -B daemon:bin", "s6-applyuidgid -g 5 -G 1,2,5", "s6-setuidgid nobody", "s6-applyuidgid -Uz", "s6-setuidgid ''".replace("''", '""'), "s6-setlock DIR/lock", "s6-setsid -qb", "s6-softlimit -c 0 -o 60 -f 12345678", "s6-softlimit -H -p 5000 -s 4000000", "s6-softlimit -o 100",
];
const BEFORE = ["", "exec <&-;", "exec 5</dev/null 9>/dev/null 40</dev/null;", "exec 3</dev/null 5</dev/null <&-;", "trap '' HUP USR1; umask 027;", "ulimit -Sn 77;", "exec 17</dev/null 18</dev/null 20</dev/null 22</dev/null;", "cd /; exec 2>/dev/null;"];

function directory(): string {
  const path = makeTempDirectory();
  writeTree(path, {
    text: "text\n", vars: "A=1\nY = \"x y\"\n", "env/A": "from a file\n", "env/X": "", "sub/file": "",
    state: `#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ\ncd -P . 2>/dev/null\nexec ${STATE}`,
  });
  chmodSync(path, 0o777);
  return path;
}

const scriptOf = (links: readonly string[], path: string): string => [...links, "DIR/state"].join("\n").replaceAll("DIR", path);

describe("what the program at the end of a script finds", () => {
  const cases = fc.sample(fc.tuple(fc.array(fc.constantFrom(...LINKS), { minLength: 2, maxLength: 7 }), fc.constantFrom(...BEFORE), fc.constantFrom("-P", "-S0", "-p", "")), { seed: SEED, numRuns: CHAINS });

  test("is the same with Debian's programs", () => {
    const path = directory();
    writeTree(path, Object.fromEntries(cases.map(([links], index) => [`script${index}`, scriptOf(links, path)])));
    const lines = cases.map(([, before, options], index) => `rm -f log lock fifo; mkfifo -m 666 fifo; ${before} exec env -u _ -u BASH_EXECUTION_STRING X=x ELGETOPT_a=1 $E/execlineb ${options} ${path}/script${index} arg`);
    const said = sameCommands({ cwd: path }, lines, { anyOrder: true });
    // Most of them come to their end.
    expect(said.filter(({ stdout }) => stdout.includes("Max open files")).length).toBeGreaterThan(CHAINS / 2);
  });
});

test("every program that is only a change of state is compiled, and no other", () => {
  const states = [...CHAIN_PROGRAMS].filter(([, program]) => "parse" in program);
  expect(states.map(([name]) => name).sort()).toEqual([...STATE_PROGRAMS.keys()].sort());
  for (const [name, program] of states) expect("parse" in program && program.parse, name).toBe(STATE_PROGRAMS.get(name));
});

describe("one Node for a whole chain", () => {
  test.each([
    LINKS.filter((link) => !/emptyenv|exec -|foreground|if|fdclose 0|setlock|uidgid|softlimit|-rnb|fdswap/.test(link)),
    ["s6-softlimit -c 0", "s6-setlock DIR/lock", "s6-setuidgid nobody", "fdmove 3 0", "execlineb -Pc \"export A b ./state\""],
  ])("%j", (...links) => {
    const path = directory();
    writeTree(path, { node: `#!/bin/sh\necho started >>${path}/starts\nexec ${process.execPath} "$@"\n`, script: scriptOf(links.flat(), path) });
    const [said] = ourCommands({ cwd: path, env: { S6_ACTORS_NODE: join(path, "node") } }, [`$E/execlineb -P script`]);
    expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Max open files") as string });
    expect(readFileSync(join(path, "starts"), "utf8")).toBe("started\n");
  });
});
