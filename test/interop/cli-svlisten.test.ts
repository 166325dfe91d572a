import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { c as theirTool, C_BIN, IDLE, IDLE_READY, makeTempDirectory, scanWithC, superviseWithC, writeTree } from "../support/c-tree.ts";
import { type Ended, ours, OUR_BIN, run, startOurs, startTheirs, theirs } from "../support/executables.ts";
import { listening, subscribers } from "../support/fifodirs.ts";
import { BINS, same, sameVia } from "../support/peers.ts";
import { eventually, isSupervised, pidOf, scan, waitForUp } from "./svscan-tree.ts";

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };
/** For hangs only. */
const LIMIT = ["-t", "20000"] as const;
/** Milliseconds: C's listeners start a helper first, and do not get so far in a short time. */
const PLENTY = "1000";
const SVC = join(C_BIN, "s6-svc");
const FINISHING = "#!/bin/sh\nexec sleep 0.2\n";

const READY_SERVICE = { run: IDLE_READY, "notification-fd": "3\n", finish: FINISHING };
const filesOf = (services: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services).flatMap(([name, files]) =>
      Object.entries(files).map(([file, content]) => [`${name}/${file}`, content]),
    ),
  );

/** A scan directory under our s6-svscan or C's, with these services. */
async function treeOf(
  kind: "ours" | "C's",
  services: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<(name: string) => string> {
  const files = filesOf(services);
  if (kind === "ours") {
    const tree = await scan(files);
    return (name) => tree.path(name);
  }
  const scandir = makeTempDirectory();
  writeTree(scandir, files);
  await scanWithC(scandir);
  return (name) => join(scandir, name);
}

/** A shell command that sends letters to services, one after the other. */
const svc = (letters: string, ...servicedirs: readonly string[]): string[] =>
  ["/bin/sh", "-c", servicedirs.map((servicedir) => `${SVC} -${letters} ${servicedir}`).join("; ")];
const stateOf = (servicedir: string): string => theirs("s6-svstat", "-o", "up,ready", servicedir).stdout;
const eventOf = (servicedir: string): string => join(servicedir, "event");
const TREES = BINS.flatMap(([listener, bin]) => (["ours", "C's"] as const).map((tree) => [listener, tree, bin] as const));

describe("every state on several services", () => {
  it.each(TREES)("is waited for by s6-svlisten (%s, the tree is %s)", async (_, kind, bin) => {
    const path = await treeOf(kind, { a: READY_SERVICE, b: READY_SERVICE });
    const [a, b] = [path("a"), path("b")];
    waitForUp(a);
    waitForUp(b);
    const listen = (options: readonly string[], command: readonly string[]): Ended =>
      run(bin, "s6-svlisten", ...options, ...LIMIT, ` ${a}`, ` ${b}`, "", ...command);

    expect(listen(["-U"], ["true"])).toEqual(success);
    expect([stateOf(a), stateOf(b)]).toEqual(["true true\n", "true true\n"]);
    expect(listen(["-d"], svc("d", a, b))).toEqual(success);
    expect([pidOf(a), pidOf(b)]).toEqual([-1, -1]);
    expect(listen(["-D"], ["true"])).toEqual(success);
    expect(listen([], svc("u", a, b))).toEqual(success);
    expect([pidOf(a), pidOf(b)]).not.toContain(-1);
    expect(listen(["-U"], ["true"])).toEqual(success);

    const before = [pidOf(a), pidOf(b)];
    expect(listen(["-r"], svc("r", a, b))).toEqual(success);
    const between = [pidOf(a), pidOf(b)];
    for (const pid of between) expect([-1, ...before]).not.toContain(pid);
    expect(listen(["-U"], ["true"])).toEqual(success);
    expect(listen(["-R"], svc("r", b, a))).toEqual(success);
    for (const pid of [pidOf(a), pidOf(b)]) expect([-1, ...between]).not.toContain(pid);
    expect([stateOf(a), stateOf(b)]).toEqual(["true true\n", "true true\n"]);

    expect(listen(["-D", "-o"], svc("d", b))).toEqual(success);
    expect([pidOf(a) > 0, pidOf(b)]).toEqual([true, -1]);
    expect(listen(["-uao"], ["true"])).toEqual(success);
    expect(listen(["-D", "-o", "-a"], svc("d", a))).toEqual(success);
    expect(listen(["-o", "-U"], svc("u", a))).toEqual(success);
    expect([stateOf(a), pidOf(b)]).toEqual(["true true\n", -1]);
    expect([...subscribers(eventOf(a)), ...subscribers(eventOf(b))]).toEqual([]);
  });

  /** State, and the letters that lead to it from the one before. */
  const WAY = [["U", "u"], ["D", "d"], ["u", "u"], ["U", "u"], ["r", "r"], ["R", "r"], ["d", "d"], ["D", "d"]] as const;

  it.each(TREES)("is waited for by s6-svlisten1, s6-svwait and s6-svc -w (%s, the tree is %s)", async (_, kind, bin) => {
    const path = await treeOf(kind, { a: READY_SERVICE });
    const a = path("a");
    waitForUp(a);
    for (const waiter of ["s6-svlisten1", "s6-svc"]) {
      for (const [state, letters] of WAY) {
        const before = pidOf(a);
        const args = waiter === "s6-svc"
          ? [`-w${state}`, "-T", "20000", `-${letters}`, a]
          : [`-${state}`, ...LIMIT, a, SVC, `-${letters}`, a];
        expect(run(bin, waiter, ...args), state).toEqual(success);
        expect(pidOf(a) > 0, state).toBe("uUrR".includes(state));
        if (letters === "r") expect(pidOf(a)).not.toBe(before);
        // A restart is over: what is left is to be up.
        const reached = letters !== "r" ? state : state === "r" ? "u" : "U";
        expect(run(bin, "s6-svwait", `-${reached}`, ...LIMIT, a), state).toEqual(success);
        expect(run(bin, "s6-svc", `-w${reached}`, "-T", "20000", a), state).toEqual(success);
      }
    }
    expect(subscribers(eventOf(a))).toEqual([]);
  });
});

describe("services that fail", () => {
  const FAILING = { run: "#!/bin/sh\nexit 1\n", finish: "#!/bin/sh\nexit 125\n", down: "" };

  it.each(["ours", "C's"] as const)("are counted as C counts them (the tree is %s)", async (kind) => {
    const path = await treeOf(kind, { a: FAILING, b: FAILING, c: { run: IDLE } });
    const [a, b, c] = [path("a"), path("b"), path("c")];
    waitForUp(c);
    for (const servicedir of [a, b]) await eventually(() => stateOf(servicedir)).toContain("false");
    for (const [exitCode, bins, options, listened] of [
      // C's takes the D that follows O for news, and waits for ever.
      [2, [OUR_BIN], ["-U"], [a, b]],
      [2, [OUR_BIN], ["-R"], [a, b]],
      [1, [OUR_BIN, C_BIN], ["-U"], [a]],
      [1, [OUR_BIN, C_BIN], ["-U", "-o"], [a, a]],
      [0, [OUR_BIN, C_BIN], ["-u", "-o"], [c, a]],
      [0, [OUR_BIN, C_BIN], ["-D"], [a, b]],
    ] as const) {
      for (const bin of bins) {
        theirTool("s6-svwait", "-D", ...LIMIT, a, b);
        const outcome = run(bin, "s6-svlisten", ...options, ...LIMIT, ...listened, "", ...svc("o", ...new Set<string>(listened)));
        expect(outcome, options.join(" ")).toMatchObject({ exitCode, stdout: "" });
        if (exitCode > 0) {
          expect(outcome.stderr).toBe("s6-svlisten: fatal: some services reported permanent failure or their supervisor died\n");
        }
      }
    }
    for (const state of ["-U", "-R"]) {
      for (const bin of [OUR_BIN, C_BIN]) {
        theirTool("s6-svwait", "-D", ...LIMIT, a);
        expect(run(bin, "s6-svlisten1", state, ...LIMIT, a, SVC, "-o", a)).toEqual({
          ...success,
          exitCode: 1,
          stderr: `s6-svlisten1: fatal: ${a} failed permanently or its supervisor died\n`,
        });
      }
    }
    expect([a, b, c].flatMap((servicedir) => subscribers(eventOf(servicedir)))).toEqual([]);
  });

  it.each([
    ["-U", "-xd", 1],
    ["-u", "-xd", 0],
    ["-R", "-wD -d", 1],
    ["-r", "-wD -d", 1],
    ["-D", "-xd", 0],
    ["-d", "-xd", 0],
  ] as const)("because their supervisor leaves, are told with %s as by C (%s)", async (state, options, exitCode) => {
    for (const bin of [OUR_BIN, C_BIN]) {
      const { servicedir } = await superviseWithC(makeTempDirectory());
      // Apart from the D before it, x is heard in the second half of a restart by C's, too.
      const later = options === "-xd" ? "" : `; sleep 0.2; ${SVC} -x ${servicedir}`;
      const script = `${SVC} ${options} ${servicedir}${later}`;
      const outcome = run(bin, "s6-svlisten1", state, ...LIMIT, servicedir, "/bin/sh", "-c", script);
      expect(outcome, bin).toMatchObject({ exitCode });
      await eventually(() => isSupervised(servicedir)).toBe(false);
    }
  });

  it.each(["-r", "-R"])("are told with %s, too, when the supervisor leaves between the halves of the restart", async (state) => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svlisten1", state, ...LIMIT, servicedir, SVC, "-xd", servicedir).exitCode).toBe(1);
    await eventually(() => isSupervised(servicedir)).toBe(false);
  });

  it.each([["-d", 1], ["-D", 0]] as const)("by leaving before the others are down count with %s as with C", async (state, exitCode) => {
    for (const bin of [OUR_BIN, C_BIN]) {
      const { servicedir: first } = await superviseWithC(makeTempDirectory());
      const { servicedir: second } = await superviseWithC(makeTempDirectory());
      const isGone = `while ${C_BIN}/s6-svok ${first}; do sleep 0.01; done`;
      const script = `${SVC} -xd ${first}; ${isGone}; ${SVC} -d ${second}`;
      const outcome = run(bin, "s6-svlisten", state, ...LIMIT, first, second, "", "/bin/sh", "-c", script);
      expect(outcome, bin).toMatchObject({ exitCode });
    }
  });
});

describe("a service that has never been listened to", () => {
  it.each([
    ["s6-svwait", (servicedir: string) => ["-d", servicedir]],
    ["s6-svlisten1", (servicedir: string) => ["-d", servicedir, "true"]],
    ["s6-svlisten", (servicedir: string) => ["-d", servicedir, "", "true"]],
  ] as const)("gets its event/ from %s, as from C's", async (program, args) => {
    const { servicedir, kill } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    kill();
    for (const bin of [OUR_BIN, C_BIN]) {
      rmSync(eventOf(servicedir), { recursive: true });
      expect(run(bin, program, ...args(servicedir))).toEqual(success);
      const { mode, gid } = statSync(eventOf(servicedir));
      expect([(mode & 0o7777).toString(8), gid]).toEqual(["3730", process.getegid?.()]);
    }
  });
});

describe("what goes wrong", () => {
  it("is told as C tells it", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    const other = makeTempDirectory();
    for (const [program, exitCode, ...args] of [
      ["s6-svlisten1", 99, "-U", "-t", PLENTY, servicedir, SVC, "-u", servicedir],
      ["s6-svlisten1", 111, servicedir, "no such program"],
      ["s6-svlisten1", 111, join(other, "nonexistent"), "true"],
      ["s6-svlisten1", 100, servicedir],
      ["s6-svlisten1", 100, "-o", servicedir, "true"],
      ["s6-svlisten", 99, "-R", "-o", "-t", PLENTY, servicedir, "", "true"],
      ["s6-svlisten", 0, "-o", servicedir, servicedir, "", SVC, "-u", servicedir],
      ["s6-svlisten", 111, servicedir, "", "no such program"],
      ["s6-svlisten", 111, servicedir, join(other, "nonexistent"), "", "true"],
      ["s6-svlisten", 100, servicedir, "true", "x"],
      ["s6-svlisten", 100, servicedir, ""],
      ["s6-svlisten", 100, servicedir, servicedir, ""],
      ["s6-svlisten", 100],
      ["s6-svwait", 99, "-U", "-t", PLENTY, servicedir],
    ] as const) {
      expect(same(program, ...args).exitCode, `${program} ${args.join(" ")}`).toBe(exitCode);
    }
    expect(subscribers(eventOf(servicedir))).toEqual([]);
    for (const program of ["s6-svlisten1", "s6-svlisten"]) {
      const block = program === "s6-svlisten" ? ["", "true"] : ["true"];
      expect(ours(program, other, ...block).exitCode).toBe(111);
      expect(theirs(program, other, ...block).exitCode).toBe(111);
    }
  });

  it("is not an empty block: it becomes the program, as in 2.15", () => {
    expect(ours("s6-svlisten", "-d", "", "echo", "a b")).toEqual({ ...success, stdout: "a b\n" });
    expect(ours("s6-svlisten", "", "/nonexistent/program", "x")).toMatchObject({ exitCode: 127 });
    expect(ours("s6-svlisten", "", "/", "x")).toMatchObject({ exitCode: 126 });
    expect(ours("s6-svlisten", "", "echo")).toMatchObject({ exitCode: 100 });
  });

  it("is an unquoted word as far as $EXECLINE_STRICT says", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    for (const [value, exitCode] of [["1", 0], ["2", 100]] as const) {
      const outcome = sameVia(["env", `EXECLINE_STRICT=${value}`], "s6-svlisten", ` ${servicedir}`, servicedir, "", "true");
      expect(outcome.exitCode).toBe(exitCode);
    }
    const script = `${OUR_BIN}/s6-svlisten -D { ${servicedir} } ${SVC} -d ${servicedir}`;
    expect(theirs("execlineb", "-c", script)).toEqual(success);
  });
});

describe("a signal", () => {
  it.each([
    ["s6-svwait", "SIGTERM", (servicedir: string) => ["-d", servicedir]],
    ["s6-svlisten1", "SIGTERM", (servicedir: string) => ["-d", servicedir, "true"]],
    ["s6-svlisten", "SIGINT", (servicedir: string) => ["-d", servicedir, "", "true"]],
    ["s6-svc", "SIGTERM", (servicedir: string) => ["-wd", servicedir]],
  ] as const)("leaves no FIFO of %s behind (%s)", async (program, signal, args) => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    const waiting = startOurs(program, ...args(servicedir));
    await listening(eventOf(servicedir));
    waiting.process.kill(signal);
    expect(await waiting.ended).toEqual({ exitCode: null, signal, stdout: "", stderr: "" });
    expect(subscribers(eventOf(servicedir))).toEqual([]);
  });

  it("to the listener is none to its program", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    for (const start of [startOurs, startTheirs]) {
      theirTool("s6-svc", "-wu", "-u", servicedir);
      // Without our pipes, whose end is waited for.
      const stop = `exec >/dev/null 2>&1; while test -d ${servicedir} && test ! -e ${servicedir}/go; do sleep 0.01; done; rm ${servicedir}/go; exec ${SVC} -d ${servicedir}`;
      const waiting = start("s6-svlisten1", "-d", servicedir, "/bin/sh", "-c", stop);
      await listening(eventOf(servicedir));
      waiting.process.kill("SIGTERM");
      expect(await waiting.ended).toMatchObject({ signal: "SIGTERM" });
      theirTool("s6-svlisten1", "-D", ...LIMIT, servicedir, "touch", `${servicedir}/go`);
    }
  });
});
