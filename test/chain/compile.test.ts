import { expect, test } from "vitest";
import { compileChain, type CompileSetting } from "../../src/chain/compile.ts";
import { STATE_PROGRAMS } from "../../src/chain/state-programs.ts";
import type { CompilerSys } from "../../src/chain/step-compiler.ts";
import { SystemError } from "../../src/sys/system-error.ts";

const FILES: Readonly<Record<string, string>> = { COLOUR: "blue\n", PLACE: "here" };

/** A machine with one account, one directory of variables, and our programs in PATH. */
function setting(changes: Partial<CompilerSys & { ownProgramFor: (name: string) => string | undefined }> = {}): CompileSetting {
  const sys = {
    areAccountsLocal: () => true,
    getegid: () => 0,
    geteuid: () => 0,
    groupByName: () => undefined,
    groupsOf: () => [7, 8],
    mayRead: () => true,
    readFileIfPresent: () => undefined,
    statIfPresent: () => undefined,
    readPlainFilesOf: (path: string | Uint8Array) => {
      if (String(path) !== "/proc/self/fd/9/env") throw new SystemError("read", String(path), "ENOENT");
      return Object.entries(FILES).map(([name, content]) => ({ name, content }));
    },
    userByName: (name: string) => (name === "www" ? { name, uid: 33, gid: 34, home: "/", shell: "" } : undefined),
    ownProgramFor: (name: string) => (name.startsWith("s6-") ? name : undefined),
    ...changes,
  };
  return { sys, dirFd: 9, environment: ["PATH=/bin", "A=1"], programs: STATE_PROGRAMS, parsed: new Map() };
}

const compile = (line: string, changes = {}) => {
  const words = line.split(" ");
  return compileChain((words[0] ?? "").replace(/.*\//, ""), words, setting(changes));
};

test("a chain of state programs becomes steps and one exec", () => {
  const { chain, reason, words } = compile("s6-setuidgid www s6-softlimit -o 100 s6-envdir env s6-setlock -n lock httpd -f");
  expect(chain.steps.map(({ step }) => step)).toEqual([
    { type: "groups", groups: [34, 7, 8] }, { type: "gid", gid: 34 }, { type: "uid", uid: 33 },
    { type: "limit", resource: 7, mode: "soft", value: 100n }, { type: "lock", file: "lock", fd: undefined, isShared: false },
  ]);
  expect({ reason, words }).toEqual({ reason: undefined, words: ["httpd", "-f"] });
  expect(chain.end).toEqual({ argv: ["httpd", "-f"], environment: ["PATH=/bin", "A=1", "COLOUR=blue", "PLACE=here"], files: ["/bin/httpd"] });
});

test("whatever fails becomes the ordinary chain from that program on, with the environment of that moment", () => {
  const { chain } = compile("s6-envuidgid www s6-setlock lock prog");
  const [{ image = -1 } = {}] = chain.steps;
  expect(chain.images[image]).toMatchObject({ argv: ["s6-setlock", "lock", "prog"], environment: ["PATH=/bin", "A=1", "UID=33", "GID=34", "GIDLIST=7,8"] });
});

test.each([
  ["s6-softlimit -o x prog", 0, "its command line is wrong"],
  ["s6-softlimit -c 1 s6-envuidgid nobody prog", 1, "unknown user: nobody"],
  ["s6-softlimit -c 1 s6-envdir missing prog", 1, "it can't read missing: No such file or directory"],
  ["s6-softlimit -c 1 s6-applyuidgid -U prog", 1, "UID not set"],
  ["s6-setlock lock s6-envdir env prog", 1, "may have been changed"],
  ["s6-setsid -f prog", 0, "it takes a terminal"],
  ["s6-softlimit -c 1 s6-supervise x", 1, "it needs a process"],
])("%s goes no farther than it is sure to be right", (line, links, reason) => {
  const { links: compiled, reason: said, words } = compile(line);
  expect(compiled).toHaveLength(links);
  expect(said).toContain(reason);
  expect(line.endsWith(words.join(" "))).toBe(true);
});

test("what is left of a chain begins with the limits that were set, since its process may need more", () => {
  const { chain } = compile("/bin/s6-softlimit -o 8 s6-setlock lock s6-supervise x", { ownProgramFor: (word: string) => (word.includes("s6-") ? word.replace(/.*\//, "") : undefined) });
  expect(chain.images.at(-1)?.argv).toEqual(["/bin/s6-softlimit", "-o", "8", "s6-setlock", "lock", "s6-supervise", "x"]);
  expect(chain.images.at(-1)?.file).toMatch(/\/bin\/s6-softlimit$/);
  expect(chain.failure?.argv).toEqual(["/bin/s6-softlimit", "-o", "8", "s6-supervise", "x"]);
});

test("where PATH leads nowhere in particular, programs are looked for when it is time", () => {
  const words = ["s6-envdir", "env", "prog"];
  const { reason, links } = compileChain("s6-envdir", words, { ...setting(), environment: ["PATH=bin:/bin"] });
  expect({ reason, links }).toEqual({ reason: "PATH is not absolute", links: [] });
});

test("a program that PATH has from elsewhere is not ours", () => {
  const { words, reason, chain } = compile("s6-softlimit -c 1 s6-envdir env prog", { ownProgramFor: () => undefined });
  expect({ words, reason, files: chain.end.files }).toEqual({ words: ["s6-envdir", "env", "prog"], reason: undefined, files: ["/bin/s6-envdir"] });
});

test("what another user may not surely read is left to him", () => {
  const { words, reason } = compile("s6-setuidgid www s6-envdir env prog", { mayRead: () => false });
  expect(words).toEqual(["s6-envdir", "env", "prog"]);
  expect(reason).toContain("may not be readable");
});

test("accounts that have to be asked for elsewhere are not waited for", () => {
  expect(compile("s6-setuidgid www prog", { areAccountsLocal: () => false }).words[0]).toBe("s6-envuidgid");
});

test("a script without end is cut", () => {
  expect(compileChain("s6-setlock", [...Array.from({ length: 3000 }, (_, index) => (index % 2 === 0 ? "s6-setlock" : "l"))], setting()).links.length).toBeLessThanOrEqual(500);
});
