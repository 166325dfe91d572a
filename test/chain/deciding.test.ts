import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { compileConnection, type CompileSetting } from "../../src/chain/compile.ts";
import { DECIDERS } from "../../src/chain/decider-programs.ts";
import type { Deciding } from "../../src/chain/deciding.ts";
import { KnownRules } from "../../src/chain/known-rules.ts";
import { COMPILED_PROGRAMS } from "../../src/chain/script-programs.ts";
import { AT_FDCWD } from "../../src/sys/files.ts";
import * as realSys from "../../src/sys/real-sys.ts";
import { SystemError } from "../../src/sys/system-error.ts";
import { makeTempDirectory } from "../support/c-tree.ts";

/** Chains of a server: deciders are asked before there is a process. */

let rules: string;
beforeEach(() => {
  rules = join(makeTempDirectory(), "rules");
  mkdirSync(rules);
});

const put = (files: Readonly<Record<string, string>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(rules, path, ".."), { recursive: true });
    writeFileSync(join(rules, path), content);
  }
};

const CLIENT = ["PROTO=IPC", "IPCREMOTEEUID=1000", "IPCREMOTEEGID=100", "IPCREMOTEPATH=", "IPCCONNNUM=2"];
const OURS = new Set([...COMPILED_PROGRAMS.keys(), ...DECIDERS.keys()]);

const known = new KnownRules(AT_FDCWD);
const deciding: Deciding = { deciders: DECIDERS, rules: known, localPath: () => "/run/socket" };

function connect(words: readonly string[], changes: Partial<Deciding> = {}, environment: readonly string[] = CLIENT) {
  const sys = { ...realSys, ownProgramFor: (word: string) => (OURS.has(word) ? word : undefined) };
  const setting: CompileSetting = { sys, dirFd: AT_FDCWD, environment: ["PATH=/bin", ...environment], programs: COMPILED_PROGRAMS, parsed: new Map(), deciding: { ...deciding, ...changes } };
  const { chain, said, refusal } = compileConnection(words, "/bin", false, setting);
  return { end: chain.end, chain, refusal, lines: said.map((line) => line(77)) };
}
const access = (...words: readonly string[]) => connect(["s6-ipcserver-access", "-i", rules, ...words]);

test("who is allowed costs no process, and the rule's variables are in the environment", () => {
  put({ "uid/1000/allow": "", "uid/1000/env/COLOUR": "blue  \n", "uid/1000/env/IPCREMOTEPATH": "" });
  const { end, chain, refusal, lines } = access("handler", "-x");
  expect({ refusal, lines }).toEqual({ refusal: undefined, lines: ["s6-ipcserver-access: info: allow pid 77 uid 1000 gid 100\n"] });
  expect(chain.steps).toEqual([]);
  expect(end).toMatchObject({ argv: ["handler", "-x"], files: ["/bin/handler"] });
  expect([...end.environment].sort()).toEqual(["COLOUR=blue", "IPCCONNNUM=2", "IPCLOCALPATH=/run/socket", "IPCREMOTEEGID=100", "IPCREMOTEEUID=1000", "PATH=/bin", "PROTO=IPC"]);
});

test("who is refused is told with the code and the words of the program", () => {
  put({ "uid/default/deny": "" });
  expect(access("-v2", "handler")).toMatchObject({ refusal: 1, lines: ["s6-ipcserver-access: info: deny pid 77 uid 1000 gid 100: Permission denied\n"] });
  expect(access("handler")).toMatchObject({ refusal: 1, lines: [] });
  rmSync(join(rules, "uid"), { recursive: true });
  expect(access("-v2", "handler")).toMatchObject({ refusal: 1, lines: ["s6-ipcserver-access: info: deny pid 77 uid 1000 gid 100: No such file or directory\n"] });
});

test("whoever starts a refused chain all the same starts the program that refuses", () => {
  const { end, chain } = access("handler");
  expect(end).toMatchObject({ argv: ["s6-ipcserver-access", "-i", rules, "handler"], files: [] });
  expect(chain.failure?.file).toMatch(/bin\/s6-ipcserver-access$/);
});

test("rules may change at any time", () => {
  put({ "uid/1000/allow": "" });
  expect(access("handler").refusal).toBeUndefined();
  rmSync(join(rules, "uid/1000/allow"));
  expect(access("handler").refusal).toBe(1);
  put({ "gid/100/allow": "" });
  expect(access("handler").refusal).toBeUndefined();
});

test("one decider after the other, with whatever is between them", () => {
  put({ "uid/1000/allow": "", "uid/1000/env/IPCCONNMAX": "1" });
  const { refusal, lines } = access("export", "A", "1", "s6-connlimit", "handler");
  expect(refusal).toBe(1);
  expect(lines).toEqual(["s6-ipcserver-access: info: allow pid 77 uid 1000 gid 100\n", "s6-connlimit: fatal: number of connections from this client limited to 1\n"]);
});

test("a rule's command line takes the place of the program, and is compiled further", () => {
  put({ "uid/1000/allow": "", "uid/1000/exec": "export A 1 other -y\n" });
  const { end } = access("handler");
  expect(end).toMatchObject({ argv: ["other", "-y"], files: ["/bin/other"] });
  expect(end.environment).toContain("A=1");
});

test.each([
  ["another user", ["s6-applyuidgid", "-u", "5"]],
  ["another directory", ["cd", "/"]],
  ["another stdin", ["fdmove", "0", "3"]],
  ["a file that is emptied", ["redirfd", "-w", "3", "file"]],
  ["a lock that may be held", ["s6-setlock", "lock"]],
  ["a limit that may fail", ["s6-softlimit", "-o", "9"]],
])("behind %s the program decides by itself", (_, words) => {
  put({ "uid/1000/allow": "" });
  const { end, refusal, lines } = connect([...words, "s6-ipcserver-access", "-v2", "-i", rules, "handler"]);
  expect({ refusal, lines }).toEqual({ refusal: undefined, lines: [] });
  expect(end.argv).toContain("s6-ipcserver-access");
});

test("variables that are missing, and rules that can't be read, let nobody in", () => {
  expect(connect(["s6-ipcserver-access", "handler"], {}, ["PROTO=IPC"])).toMatchObject({ refusal: 100, lines: ["s6-ipcserver-access: fatal: IPCREMOTEEUID not set\n"] });
  expect(connect(["s6-ipcserver-access", "-x", join(rules, "no"), "handler"])).toMatchObject({
    refusal: 111, lines: [`s6-ipcserver-access: fatal: unable to cdb_init ${rules}/no: No such file or directory\n`],
  });
  put({ uid: "" });
  expect(access("handler")).toMatchObject({ refusal: 111, lines: [`s6-ipcserver-access: fatal: unable to check fs ruleset in ${rules}: Not a directory\n`] });
});

test("what is said before something fails is said", () => {
  put({ "uid/default/allow": "" });
  const localPath = (): string => {
    throw new SystemError("getsockname", undefined, "ENOTSOCK");
  };
  expect(connect(["s6-ipcserver-access", "-i", rules, "handler"], { localPath })).toMatchObject({
    refusal: 111,
    lines: ["s6-ipcserver-access: info: allow pid 77 uid 1000 gid 100\n", "s6-ipcserver-access: fatal: unable to ipc_local: Socket operation on non-socket\n"],
  });
});

test("a wrong command line, or a defect of ours, leaves it to the program itself", () => {
  const broken = { rulesIn: () => { throw new TypeError("defect"); } };
  for (const { refusal, lines, end } of [access(), access("-v", "x", "handler"), connect(["s6-ipcserver-access", "-i", rules, "handler"], { rules: broken })]) {
    expect({ refusal, lines, program: end.argv[0] }).toEqual({ refusal: undefined, lines: [], program: "s6-ipcserver-access" });
  }
});

test("without a server, deciders are programs like others", () => {
  const setting: CompileSetting = { sys: { ...realSys, ownProgramFor: (word) => word }, dirFd: AT_FDCWD, environment: CLIENT, programs: COMPILED_PROGRAMS, parsed: new Map() };
  expect(compileConnection(["s6-ipcserver-access", "handler"], "/bin", false, setting)).toMatchObject({ refusal: undefined, chain: { steps: [], end: { argv: ["s6-ipcserver-access", "handler"] } } });
});
