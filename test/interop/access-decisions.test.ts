import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileConnection } from "../../src/chain/compile.ts";
import { DECIDERS } from "../../src/chain/decider-programs.ts";
import { KnownRules } from "../../src/chain/known-rules.ts";
import { COMPILED_PROGRAMS } from "../../src/chain/script-programs.ts";
import { AT_FDCWD } from "../../src/sys/files.ts";
import * as realSys from "../../src/sys/real-sys.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";

/** Random rules and clients: what our servers decide without a process is what C's programs come to. */

const RULE_SETS = Number(process.env["S6_ACTORS_RULES"] ?? 300);
const SEED = 20261121;

interface Rule {
  readonly key: string;
  readonly files: Readonly<Record<string, string>>;
}

const id = fc.constantFrom(0, 1, 7, 1000);
const key = fc.oneof(fc.constantFrom("uid/self", "gid/self", "uid/default", "gid/default", "uid/07", "uid/x"), fc.tuple(fc.constantFrom("uid", "gid"), id).map(([kind, number]) => `${kind}/${number}`));
const text = fc.string({ maxLength: 12, unit: fc.constantFrom("a", " ", "\t", "\n", "\0", "=", "\u00e9", "Z", "\r") });
const variables = fc.dictionary(fc.constantFrom("env/A", "env/B", "env/PROTO", "env/IPCCONNMAX", "env/.hidden", "env/X=Y", "env/IPCREMOTEEUID"), fc.oneof(text, fc.constantFrom("", "1", "3\n", "IPC")), { maxKeys: 4 });
const command = fc.option(fc.constantFrom("", "/usr/bin/env -0\n", "  # nothing\n/usr/bin/env -0", "/usr/bin/env -0\0rest", "\0"), { nil: undefined, freq: 3 });
const kind = fc.constantFrom<Readonly<Record<string, string>>>({ allow: "" }, { allow: "x" }, { deny: "" }, { allow: "", deny: "" }, {});
const rule: fc.Arbitrary<Rule> = fc.record({ key, kind, variables, command }).map((made) => ({
  key: made.key, files: { ...made.kind, ...made.variables, ...(made.command === undefined ? {} : { exec: made.command }) },
}));

const known = new KnownRules(AT_FDCWD);
const OURS = new Set([...COMPILED_PROGRAMS.keys(), ...DECIDERS.keys()]);
const sys = { ...realSys, ownProgramFor: (word: string) => (OURS.has(word) ? word : undefined) };

/** What a client gets: its environment, or the code that it is refused with; and what was said. */
interface Outcome {
  readonly code: number;
  readonly environment: readonly string[];
  readonly stderr: string;
}

const masked = (stderr: string): string => stderr.replaceAll(/pid \d+/g, "pid P");
const sorted = (environment: readonly string[]): string[] => [...environment].sort();

function decided(words: readonly string[], environment: readonly string[]): Outcome {
  const setting = { sys, dirFd: AT_FDCWD, environment, programs: COMPILED_PROGRAMS, parsed: new Map(), deciding: { deciders: DECIDERS, rules: known, localPath: () => "here" } };
  const { chain, said, refusal } = compileConnection(words, "/usr/bin:/bin", false, setting);
  const stderr = masked(said.map((line) => line(1)).join(""));
  if (refusal !== undefined) return { code: refusal, environment: [], stderr };
  // A script without words.
  if (chain.end.argv[0] === "execlineb") return { code: 0, environment: [], stderr };
  expect(chain.steps).toEqual([]);
  expect(chain.end.argv).toEqual(["/usr/bin/env", "-0"]);
  return { code: 0, environment: sorted(chain.end.environment), stderr };
}

function ran(words: readonly string[], environment: readonly string[]): Outcome {
  const env = Object.fromEntries(environment.map((entry) => entry.split(/=(.*)/s)));
  const { status, stdout, stderr } = spawnSync(join(C_BIN, words[0] ?? ""), words.slice(1), { env, encoding: "latin1", timeout: 20_000 });
  return { code: status ?? -1, environment: sorted(stdout.split("\0").slice(0, -1)), stderr: masked(stderr) };
}

test(`${RULE_SETS} sets of rules`, { timeout: 300_000 }, () => {
  const root = makeTempDirectory();
  let [allowed, refused, made] = [0, 0, 0];
  fc.assert(fc.property(fc.array(rule, { maxLength: 6 }), fc.tuple(id, id), fc.boolean(), fc.boolean(), (rules, [uid, gid], isCompiled, isLimited) => {
    // The same paths each time: what is known of a database of that name must not count.
    const directory = join(root, "rules");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    for (const { key: name, files } of rules) {
      for (const [file, content] of Object.entries(files)) {
        const path = join(directory, name, file);
        mkdirSync(join(path, ".."), { recursive: true });
        writeFileSync(path, content);
      }
    }
    if (isCompiled) expect(spawnSync(join(made++ % 20 === 0 ? OUR_BIN : C_BIN, "s6-accessrules-cdb-from-fs"), [join(root, "rules.cdb"), directory], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    const environment = ["PATH=/usr/bin:/bin", "PROTO=IPC", `IPCREMOTEEUID=${uid}`, `IPCREMOTEEGID=${gid}`, "IPCREMOTEPATH=", "IPCCONNNUM=2"];
    const source = isCompiled ? ["-x", join(root, "rules.cdb")] : ["-i", directory];
    const words = ["s6-ipcserver-access", "-v2", "-l", "here", ...source, ...(isLimited ? ["s6-connlimit"] : []), "/usr/bin/env", "-0"];
    const theirs = ran(words, environment);
    expect(decided(words, environment)).toEqual(theirs);
    if (theirs.code === 0) allowed++;
    else refused++;
  }), { seed: SEED, numRuns: RULE_SETS });
  // They were neither all the same nor trivial.
  expect(allowed).toBeGreaterThan(RULE_SETS / 10);
  expect(refused).toBeGreaterThan(RULE_SETS / 10);
});
