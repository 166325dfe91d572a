import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { c, C_BIN, IDLE, makeTempDirectory, superviseWithC } from "../support/c-tree.ts";
import { ours, run, theirs } from "../support/executables.ts";
import { same, sameVia } from "../support/peers.ts";
import { scan } from "./svscan-tree.ts";

const FILES = ["supervise", "supervise/control", "event"] as const;
/** A number that is no account's, nor a group's. */
const NOBODY = 54_321;
const GROUP = String(readFileSync("/etc/group", "utf8").match(/^([a-z]+):[^:]*:(?!0:)[0-9]+:/m)?.[1]);

/** What s6-svperms looks at, as a supervisor makes it. */
function makeServicedir(): string {
  const servicedir = makeTempDirectory();
  mkdirSync(join(servicedir, "supervise"), 0o700);
  c("mkfifo", "-m", "600", join(servicedir, "supervise", "control"));
  c("s6-mkfifodir", "-g", "0", join(servicedir, "event"));
  return servicedir;
}

const permissionsOf = (servicedir: string): string[] =>
  FILES.map((file) => {
    const { mode, uid, gid } = statSync(join(servicedir, file));
    return `${file} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  });

/** Answers, and leaves behind, the same from the same beginning; the names of the directories apart. */
function expectSame(options: readonly string[], prepare: (servicedir: string) => void = () => undefined) {
  const [mine, original] = [ours, theirs].map((program) => {
    const servicedir = makeServicedir();
    prepare(servicedir);
    const outcome = program("s6-svperms", ...options, servicedir);
    // C's adds what errno happens to be where nothing failed, and a colon of a message without a name.
    const stderr = outcome.stderr.replaceAll(": Success\n", "\n").replace("fatal: : ", "fatal: ");
    const nameless = (text: string): string => text.replaceAll(servicedir, "DIR");
    return { ...outcome, stdout: nameless(outcome.stdout), stderr: nameless(stderr), after: permissionsOf(servicedir) };
  });
  expect(mine).toEqual(original);
  return mine;
}

describe("s6-svperms changes what C changes", () => {
  it.each([
    [["-u"]], [["-g", GROUP]], [["-G", GROUP]], [["-o"]], [["-O", GROUP]], [["-e"]], [["-E", GROUP]],
    [["-g", ":4711"]], [["-vG:4711"]], [["-v", "-O", ":4711", "-E", ":4712"]], [["-vue", "-g", ":4711"]], [["-veE", "root"]],
    [["-u", "-O", GROUP, "-o"]], [["-ve"]], [["-vo", "-E", ":0"]],
  ])("with %j", (options) => {
    expect(expectSame(options)).toMatchObject({ exitCode: 0, stderr: "" });
    // Once more from where everything was open.
    const outcome = expectSame(options, (servicedir) => c("s6-svperms", "-O", GROUP, "-e", servicedir));
    expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("for an owner that has a group of its own, and for one that is unknown", () => {
    const give = (uid: number) => (servicedir: string) => {
      for (const file of FILES) chownSync(join(servicedir, file), uid, 0);
    };
    expect(expectSame(["-vue"], give(1))?.after).toContain("event 1733 1:1");
    expect(expectSame(["-vuE", ":5"], give(NOBODY))?.stderr).toBe(
      ["supervise", "supervise/control"]
        .map((file) => `s6-svperms: warning: unable to determine primary gid for the owner of DIR/${file} (using root instead)\n`)
        .join(""),
    );
  });

  it.each([
    ["supervise", ["-u"], 111], ["supervise/control", ["-v", "-u"], 111], ["event", ["-v", "-e"], 111],
    ["supervise/control", ["-e"], 0], ["event", ["-o"], 0],
  ] as const)("or fails as C does without %s, given %j", (missing, options, exitCode) => {
    const [mine, original] = [makeServicedir(), makeServicedir()];
    for (const servicedir of [mine, original]) rmSync(join(servicedir, missing), { recursive: true });
    const outcome = ours("s6-svperms", ...options, mine);
    expect(outcome.exitCode).toBe(exitCode);
    const { stderr, ...rest } = theirs("s6-svperms", ...options, original);
    expect(outcome).toEqual({ ...rest, stderr: stderr.replaceAll(original, mine) });
  });

  it("says nothing of the others when one fails", () => {
    const servicedir = makeServicedir();
    expect(same("s6-svperms", "-v", "-o", servicedir, "/nonexistent", servicedir)).toMatchObject({ exitCode: 111, stdout: "" });
    expect(permissionsOf(servicedir)[0]).toBe("supervise 711 0:0");
  });

  it("refuses groups that there are not", () => {
    for (const group of ["no such group", "", "4711", ":", ":x", ":-1", ":4294967296"]) {
      expect(expectSame(["-g", group])).toMatchObject({ exitCode: 100, stdout: "" });
      expect(expectSame(["-E", group])).toMatchObject({ exitCode: 100, stdout: "" });
    }
  });
});

describe("s6-svperms says what C says", () => {
  const MODES = {
    supervise: [0o700, 0o710, 0o711, 0o701, 0o755, 0o750, 0o1700, 0o2700, 0o4700, 0o600, 0o712, 0o720, 0o730, 0o777, 0],
    "supervise/control": [0o600, 0o620, 0o622, 0o640, 0o602, 0o604, 0o601, 0o610, 0o700, 0o400, 0o200, 0o1600, 0o2600, 0],
    event: [0o700, 0o1733, 0o3730, 0o2730, 0o1730, 0o3733, 0o733],
  } as const;

  it.each(FILES)("for every mode of %s", (file) => {
    const servicedir = makeServicedir();
    const codes = new Set<number | null>();
    for (const mode of MODES[file]) {
      for (const gid of [0, 4711]) {
        chownSync(join(servicedir, file), 0, gid);
        chmodSync(join(servicedir, file), mode);
        codes.add(same("s6-svperms", servicedir).exitCode);
        same("s6-svperms", "-v", servicedir);
      }
    }
    expect(codes).toEqual(new Set([0, 1]));
  });

  it("for what is missing or of another kind, and goes on", () => {
    const [servicedir, good] = [makeServicedir(), makeServicedir()];
    for (const file of FILES) {
      const path = join(servicedir, file);
      renameSync(path, `${path}.away`);
      expect(same("s6-svperms", good, servicedir, "/nonexistent", "", good).exitCode).toBe(1);
      if (file === "event" || file === "supervise") writeFileSync(path, "");
      else mkdirSync(path);
      expect(same("s6-svperms", good, servicedir).exitCode).toBe(1);
      rmSync(path, { recursive: true });
      renameSync(`${path}.away`, path);
    }
    expect(same("s6-svperms", servicedir, good)).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("for a fresh supervisor of C's and of ours", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    expect(same("s6-svperms", servicedir, tree.path("a"))).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("what s6-svperms grants", () => {
  const MEMBER = ["--reuid=65534", "--regid=4711", "--clear-groups"] as const;
  const STRANGER = ["--reuid=65534", "--regid=65534", "--clear-groups"] as const;
  const as = (who: readonly string[], program: string, ...args: readonly string[]): boolean =>
    run(C_BIN, "setpriv", ...who, join(C_BIN, program), ...args).exitCode === 0;

  it("is what a service of our tree gives", async () => {
    const tree = await scan({ "a/run": IDLE });
    tree.up("a");
    const servicedir = tree.path("a");
    for (const directory of [dirname(servicedir), servicedir]) chmodSync(directory, 0o755);
    const granted = (who: readonly string[]): string[] => [
      ...(as(who, "s6-svstat", servicedir) ? ["look"] : []),
      ...(as(who, "s6-svc", "-c", servicedir) ? ["command"] : []),
      ...(as(who, "s6-svwait", "-u", "-t", "5000", servicedir) ? ["wait"] : []),
    ];
    for (const [options, member, stranger] of [
      [["-u", "-E", ":0"], [], []],
      [["-g:4711", "-E:4711"], ["look", "wait"], []],
      [["-G:4711", "-E:0"], ["look", "command"], []],
      [["-o", "-e"], ["look", "wait"], ["look", "wait"]],
      [["-O:4711", "-E:4711"], ["look", "command", "wait"], ["look"]],
    ] as const) {
      expect(ours("s6-svperms", ...options, servicedir)).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
      expect([granted(MEMBER), granted(STRANGER)], options.join(" ")).toEqual([member, stranger]);
    }
  });

  it("is not to be changed by strangers, as in C", () => {
    const servicedir = makeServicedir();
    chmodSync(servicedir, 0o755);
    for (const options of [["-u"], ["-e"], ["-G", ":4711"]]) {
      expect(sameVia(["setpriv", ...STRANGER], "s6-svperms", ...options, servicedir).exitCode).toBe(111);
    }
  });
});
