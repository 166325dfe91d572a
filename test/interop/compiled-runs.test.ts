import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, constants, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { RunScript } from "../../src/chain/run-script.ts";
import { setVariable } from "../../src/sys/launch.ts";
import { type Ran, runScript, serviceWith } from "../support/compiled.ts";
import { EXECLINE_BIN } from "../support/execline-peer.ts";
import { OUR_BIN } from "../support/executables.ts";

const SEED = 20261121;
/** How many random chains; more on demand. */
const CHAINS = Number(process.env["S6_ACTORS_CHAINS"] ?? 300);

/** What the last program has, told on its descriptor 1, or where that is closed in a file. */
const STATE = `exec 2>&1
sed -n -E "/^(Sig(Blk|Ign|Cgt)|Uid|Gid|Groups|CapEff|NoNewPrivs)/p" /proc/self/status
cat /proc/$$/limits; umask; pwd; echo "$0 $*"
tr '\\0' '\\n' </proc/$$/environ | sort
test "$(cut -d' ' -f5,6 /proc/$$/stat)" = "$$ $$" && echo leads
cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd | sed 's,.*/,,;s/[0-9][0-9]*/N/g') $(grep flags ../fdinfo/$fd) $(grep -c lock ../fdinfo/$fd); done
`;

const FILES = { "env/COLOUR": "blue \nred\n", "env/EMPTY": "", "env/NUL": "a\0b", "private/SECRET": "x", "state.sh": STATE, "vars": 'A = 1\nB="2 3"\n' };

const LINKS = [
  "s6-envdir env", "s6-envdir -f -n env", "s6-envdir -I nowhere", "s6-envdir nowhere", "s6-envdir private", "s6-envuidgid -B daemon:bin", "s6-envuidgid nobody", "s6-envuidgid nowhere",
  "s6-applyuidgid -g 5 -G 1,2,5,3,5", "s6-applyuidgid -Uz", "s6-applyuidgid -u x", "s6-setuidgid nobody", "s6-setuidgid 5:6", "s6-setlock lock", "s6-setlock -r lock", "s6-setlock -n /nowhere/lock", "s6-setsid -q", "s6-setsid -i",
  "s6-softlimit -c 0 -o 50", "s6-softlimit -H -f 100000000 -t 1000", "s6-softlimit -o 8", "s6-softlimit -d 400000000",
  "cd ..", "cd env", "cd nowhere", "umask 027", "umask 9", "export COLOUR green", "export A= b", "unexport PATH2", "export PATH2 x", "emptyenv -p", "emptyenv -c", "envfile vars", "envfile nowhere", "envfile -I nowhere",
  "fdmove -c 2 1", "fdmove 5 1", "fdmove -c 7 6", "fdmove 1 5", "fdclose 0", "fdclose 9", "fdswap 1 2", "fdswap 0 8", "fdblock -n 1", "fdblock 4", "redirfd -r 0 state.sh", "redirfd -w 7 made", "redirfd -a 1 made", "redirfd -x 8 made", "redirfd -u 9 vars", "redirfd -w 4 /nowhere/file",
  "redirfd -r 3 fifo2", "piperw 5 6", "piperw 1 0", "importas -i C COLOUR", "importas -D dflt -u C COLOUR", "importas C NOWHERE", "define -s W \"a b\"", "multisubstitute { define X y importas -D z Z ZED }", "exec -c", "exec -a name", "s6-setsid nosuchprogram", "nosuchprogram", "/nowhere/prog", "/etc",
  "foreground { echo between }", "execlineb -Pc \"cd / s6-envdir -I x sh ${0} ${C} \"",
];

/** Without PATH ours finds what C does not: the programs of its own package. */
const FORGETS_PATH: ReadonlySet<string> = new Set(["exec -c"]);

/** ours is compiled, theirs is not; the same state, whatever it is. */
function compare(script: string, isCompiled = true): { readonly ours: ReturnType<typeof runScript>; readonly theirs: Ran } {
  const run = (bin: string, compiled: boolean) => {
    const dir = serviceWith(`${bin}/execlineb -S0`, script, FILES);
    chmodSync(join(dir, ".."), 0o755);
    chmodSync(join(dir, "private"), 0o700);
    mkdirSync(join(dir, "made.d"));
    setVariable("PATH", `${bin}:/usr/bin:/bin`);
    try {
      return runScript(dir, compiled);
    } finally {
      rmSync(join(dir, ".."), { recursive: true, force: true });
    }
  };
  const { compilation: _, ...theirs } = run(EXECLINE_BIN, false);
  const ours = run(OUR_BIN, isCompiled);
  return { ours, theirs };
}

const plain = ({ exitCode, signal, stdout, stderr }: Ran): Ran => ({ exitCode, signal, stdout, stderr: stderr.replaceAll(/usage: .*/g, "usage") });

function same(script: string): ReturnType<typeof compare> {
  const found = compare(script);
  expect(plain(found.ours), script).toEqual(plain(found.theirs));
  return found;
}

beforeAll(() => setVariable("S6_ACTORS_TEST", undefined));

describe("a compiled chain is not to be told from C's", () => {
  test.each(LINKS)("%s", (link) => {
    expect(same(`${link} sh state.sh a`).theirs.exitCode).toBeLessThan(200);
  });

  test(`${CHAINS} random chains`, { timeout: 600_000 }, () => {
    let compiled = 0;
    fc.assert(fc.property(fc.array(fc.constantFrom(...LINKS.filter((link) => !FORGETS_PATH.has(link))), { minLength: 2, maxLength: 7 }), (links) => {
      const { ours } = same(`${links.join("\n")}\nsh state.sh \${C} "\${W}" \${X}`);
      if (typeof ours.compilation === "object" && ours.compilation.links.length > 2) compiled++;
    }), { seed: SEED, numRuns: CHAINS });
    expect(compiled).toBeGreaterThan(CHAINS / 3);
  });
});

test.each(["/usr/bin/env -S execlineb -P", "/usr/bin/env execlineb -P", "/usr/bin/env -S execlineb"])("%s is our execlineb", (interpreter) => {
  const dir = serviceWith(interpreter, "s6-setsid -q echo on");
  setVariable("PATH", `${OUR_BIN}:/usr/bin:/bin`);
  expect(runScript(dir, true)).toMatchObject({ stdout: "on\n", compilation: { reason: undefined } });
  setVariable("PATH", "/usr/bin:/bin"); // there, it is another
  expect(runScript(dir, true).compilation).toBe("execlineb is no program of this package");
});

test("a path that is that of a program of ours is that program", () => {
  const dir = serviceWith(`${OUR_BIN}/execlineb -P`, `${OUR_BIN}/s6-setsid -q ${OUR_BIN}/cd / pwd`);
  setVariable("PATH", "/usr/bin:/bin");
  expect(runScript(dir, true)).toMatchObject({ stdout: "/\n", compilation: { words: ["pwd"], links: { length: 3 } } });
});

test("nobody is waited for: a FIFO among the variables, or in place of their file, is left to the program", () => {
  const dir = serviceWith(`${OUR_BIN}/execlineb -P`, "s6-envdir env envfile vars s6-setlock lock redirfd -r 0 vars true", { "env/COLOUR": "blue" });
  setVariable("PATH", `${OUR_BIN}:/usr/bin:/bin`);
  execFileSync("mkfifo", [join(dir, "vars")]);
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    const script = new RunScript(fd, "run");
    expect(script.compile(["./run", "x"])).toMatchObject({ reason: "vars is no plain file" });
    execFileSync("mkfifo", [join(dir, "env", "PIPE")]);
    expect(script.compile(["./run", "x"])).toMatchObject({ reason: "it can't read env: Invalid argument" });
  } finally {
    closeSync(fd);
  }
});

test("it can be turned off for a service", () => {
  const dir = serviceWith(`${OUR_BIN}/execlineb -P`, "s6-setsid -q true", {});
  setVariable("PATH", `${OUR_BIN}:/usr/bin:/bin`);
  expect(runScript(dir, true).compilation).toMatchObject({ reason: undefined });
  writeFileSync(join(dir, "flag-no-compile"), "");
  expect(runScript(dir, true).compilation).toBe("flag-no-compile exists");
});
