import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CONTROL_LETTERS } from "../../src/formats/control.ts";
import { c, IDLE, IDLE_READY, makeTempDirectory, scanWithC, superviseWithC, untilHeard, writeTree } from "../support/c-tree.ts";
import { ours, startOurs, startTheirs, theirs } from "../support/executables.ts";

const subscribers = (servicedir: string): number =>
  readdirSync(join(servicedir, "event")).filter((name) => name.startsWith("ftrig1")).length;

/** The tools subscribe first: from then on no event can be missed. */
const listening = (servicedir: string, count = 1): Promise<void> =>
  expect.poll(() => subscribers(servicedir), { timeout: 10_000 }).toBe(count);

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };

describe("s6-svc on a C supervisor", () => {
  it("stops, starts and restarts services", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svc", "-d", servicedir)).toEqual(success);
    c("s6-svwait", "-D", "-t", "20000", servicedir);
    expect(ours("s6-svc", "-u", servicedir)).toEqual(success);
    c("s6-svwait", "-u", "-t", "20000", servicedir);
    const before = theirs("s6-svstat", "-p", servicedir).stdout;
    expect(ours("s6-svc", "-wr", "-r", servicedir)).toEqual(success);
    expect(theirs("s6-svstat", "-p", servicedir).stdout).not.toBe(before);
    expect(subscribers(servicedir)).toBe(0);
  });

  it("sends signals by letter, by name and by number", async () => {
    const run = `#!/bin/sh
for signal in ALRM HUP USR1 USR2 INT; do trap "echo $signal >> heard" $signal; done
trap 'echo TERM >> heard; kill $!; exit 0' TERM
echo >&3
exec 3>&-
while :; do sleep 1000 & wait; kill $!; done
`;
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run, "notification-fd": "3\n" }, "U");
    const heard = (): string => c("s6-svok", servicedir) + c("cat", join(servicedir, "heard"));
    let expected = "";
    for (const [args, name] of [
      [["-a"], "ALRM"], [["-h"], "HUP"], [["-1"], "USR1"], [["-s", "USR2"], "USR2"], [["-sSIGINT"], "INT"],
      [["-s", "10"], "USR1"],
    ] as const) {
      expect(ours("s6-svc", ...args, servicedir)).toEqual(success);
      expected += `${name}\n`;
      writeFileSync(join(servicedir, "heard"), "", { flag: "a" });
      await expect.poll(heard).toBe(expected);
    }
    expect(ours("s6-svc", "-wD", "-Ot", servicedir)).toEqual(success);
    expect(heard()).toBe(`${expected}TERM\n`);
  });

  it("commands several directories and answers for the last one that failed", async () => {
    const one = await superviseWithC(makeTempDirectory());
    const two = await superviseWithC(makeTempDirectory());
    const broken = makeTempDirectory();
    mkdirSync(join(broken, "supervise"));
    const nobody = makeTempDirectory();
    const file = join(nobody, "file");
    writeFileSync(file, "");

    expect(ours("s6-svc", "-d", one.servicedir, nobody, two.servicedir)).toEqual({
      ...success,
      exitCode: 102,
      stderr: `s6-svc: warning: unable to control ${nobody}: supervisor not listening\ns6-svc: hint: ${nobody} is no service directory: there is no run in it\n`,
    });
    c("s6-svwait", "-D", "-t", "20000", one.servicedir, two.servicedir);

    expect(ours("s6-svc", "-u", nobody, broken)).toMatchObject({ exitCode: 1 });
    expect(ours("s6-svc", "-u", broken).stderr).toContain(`something is wrong with the ${broken}/supervise directory`);
    expect(ours("s6-svc", "-u", broken, "/nonexistent")).toMatchObject({ exitCode: 111 });
    expect(ours("s6-svc", "-u", "/nonexistent").stderr).toBe(
      "s6-svc: warning: unable to control /nonexistent: No such file or directory\n",
    );
    expect(ours("s6-svc", "-u", file)).toMatchObject({ exitCode: 111 });
    expect(ours("s6-svc", "-u", file, one.servicedir, nobody)).toMatchObject({ exitCode: 102 });
  });

  it("tells a dead supervisor from a live one without sending anything", async () => {
    const { servicedir, kill } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    expect(ours("s6-svc", servicedir)).toEqual(success);
    kill();
    expect(ours("s6-svc", servicedir)).toMatchObject({ exitCode: 102 });
  });

  it("takes 62 commands, and not one more", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    expect(ours("s6-svc", `-${"c".repeat(62)}`, servicedir)).toEqual(success);
    expect(ours("s6-svc", `-${"c".repeat(63)}`, servicedir)).toMatchObject({
      exitCode: 100,
      stderr: "s6-svc: fatal: too many commands\n",
    });
  });

  it("has an option for every letter of the protocol, none of which disturbs a service that is down", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    for (const letter of CONTROL_LETTERS.filter((each) => !"ouUx".includes(each))) {
      expect(ours("s6-svc", `-${letter}`, servicedir)).toEqual(success);
    }
    expect(theirs("s6-svstat", "-u", servicedir).stdout).toBe("false\n");
  });
});

describe("s6-svc -w on a C supervisor", () => {
  it.each([["-wU", "-u", "ready"], ["-wu", "-o", "up"]] as const)(
    "%s with %s waits until the service is %s",
    async (wait, command, field) => {
      const files = { run: IDLE_READY, "notification-fd": "3\n", down: "" };
      const { servicedir } = await superviseWithC(makeTempDirectory(), files);
      expect(ours("s6-svc", wait, command, servicedir)).toEqual(success);
      expect(theirs("s6-svstat", "-o", field, servicedir).stdout).toBe("true\n");
      expect(subscribers(servicedir)).toBe(0);
    },
  );

  it("takes -wU for -wu, with a warning, where the service does not tell when it is ready", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    expect(ours("s6-svc", "-wU", "-u", servicedir)).toEqual({
      ...success,
      stderr:
        `s6-svc: warning: ${servicedir}/notification-fd not present - ignoring request for readiness notification\n`,
    });
  });

  it("waits for all of several services", async () => {
    const one = await superviseWithC(makeTempDirectory());
    const two = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svc", "-wD", "-d", one.servicedir, two.servicedir)).toEqual(success);
    expect(ours("s6-svwait", "-D", one.servicedir, two.servicedir)).toEqual(success);
  });

  it("answers how many services failed for good", async () => {
    const files = { run: "#!/bin/sh\nexit 1\n", finish: "#!/bin/sh\nexit 125\n", down: "" };
    const one = await superviseWithC(makeTempDirectory(), { ...files, "notification-fd": "3\n" });
    const two = await superviseWithC(makeTempDirectory(), files);
    expect(ours("s6-svc", "-wU", "-u", one.servicedir, two.servicedir)).toEqual({
      ...success,
      exitCode: 2,
      stderr: "s6-svc: fatal: some services reported permanent failure or their supervisor died\n",
    });
  });

  it("gives up after -T, and leaves no FIFO", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    expect(ours("s6-svc", "-wu", "-T1", servicedir)).toEqual({
      ...success,
      exitCode: 99,
      stderr: "s6-svc: fatal: timed out\n",
    });
    expect(subscribers(servicedir)).toBe(0);
  });
});

describe("s6-svwait on a C supervisor", () => {
  it.each([
    ["-u", "-u"], ["-U", "-u"], ["-d", "-d"], ["-D", "-d"], ["-r", "-r"], ["-R", "-r"],
  ])("%s hears what %s does", async (wait, command) => {
    const down = command === "-u" ? { down: "" } : {};
    const files = { run: IDLE_READY, "notification-fd": "3\n", ...down };
    const { servicedir } = await superviseWithC(makeTempDirectory(), files, command === "-u" ? "s" : "U");
    const waiting = startOurs("s6-svwait", wait, servicedir);
    await listening(servicedir);
    c("s6-svc", command, servicedir);
    expect(await waiting.ended).toEqual(success);
    expect(subscribers(servicedir)).toBe(0);
  });

  it("returns at once when the state is there, and when there is nothing to wait for", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    expect(ours("s6-svwait", servicedir)).toEqual(success);
    expect(ours("s6-svwait", "-o", "-d", "--")).toEqual(success);
  });

  it("waits for any of several with -o", async () => {
    const one = await superviseWithC(makeTempDirectory());
    const two = await superviseWithC(makeTempDirectory());
    const waiting = startOurs("s6-svwait", "-d", "-o", one.servicedir, two.servicedir);
    await listening(two.servicedir);
    c("s6-svc", "-d", two.servicedir);
    expect(await waiting.ended).toEqual(success);
  });

  it.each([["-u", 1], ["-d", 1], ["-D", 0]])(
    "%s ends when the supervisor leaves, with the exit code of C: %d",
    async (wait, exitCode) => {
      const leaving = await superviseWithC(makeTempDirectory());
      const staying = await superviseWithC(makeTempDirectory());
      const directories = [leaving.servicedir, staying.servicedir];
      if (wait === "-u") c("s6-svc", "-wD", "-d", staying.servicedir);
      const mine = startOurs("s6-svwait", wait, ...directories);
      const original = startTheirs("s6-svwait", wait, ...directories);
      await listening(staying.servicedir, 2);
      untilHeard(leaving.servicedir, "x", "s6-svc", "-xd", leaving.servicedir);
      c("s6-svc", wait === "-u" ? "-u" : "-d", staying.servicedir);
      expect((await mine.ended).exitCode).toBe(exitCode);
      expect((await original.ended).exitCode).toBe(exitCode);
    },
  );

  it("dies of the signal that interrupts it, and leaves no FIFO", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const waiting = startOurs("s6-svwait", "-d", servicedir);
      await listening(servicedir);
      waiting.process.kill(signal);
      expect(await waiting.ended).toMatchObject({ exitCode: null, signal });
      expect(subscribers(servicedir)).toBe(0);
    }
  });

  it("needs a status file, and makes event/ if it is missing, as C does", () => {
    for (const program of [ours, theirs]) {
      const servicedir = makeTempDirectory();
      expect(program("s6-svwait", servicedir).exitCode).toBe(111);
      expect(subscribers(servicedir)).toBe(0);
      expect(c("stat", "-c", "%a", join(servicedir, "event"))).toBe("3730\n");
    }
    expect(ours("s6-svwait", "/nonexistent")).toMatchObject({
      exitCode: 111,
      stderr: "s6-svwait: fatal: unable to subscribe to events for /nonexistent: No such file or directory\n",
    });
  });
});

describe("s6-svscanctl on a C s6-svscan", () => {
  it("makes it scan", async () => {
    const scandir = makeTempDirectory();
    await scanWithC(scandir);
    // The scanner is ready before its first scan: only a second service proves anything.
    for (const name of ["first", "second"]) {
      const servicedir = join(makeTempDirectory(), name);
      writeTree(servicedir, { run: IDLE });
      c("s6-mkfifodir", join(servicedir, "event"));
      const waiting = startOurs("s6-ftrig-wait", join(servicedir, "event"), "u");
      await listening(servicedir);
      symlinkSync(servicedir, join(scandir, name));
      expect(ours("s6-svscanctl", "-a", scandir)).toEqual(success);
      expect(await waiting.ended).toMatchObject({ exitCode: 0 });
    }
  });

  it("has the messages and exit codes of C for what goes wrong", async () => {
    const scandir = makeTempDirectory();
    expect(ours("s6-svscanctl", scandir)).toEqual({
      ...success,
      exitCode: 100,
      stderr: `s6-svscanctl: fatal: unable to control ${scandir}: supervisor not listening\n`,
    });
    mkdirSync(join(scandir, ".s6-svscan"));
    for (const directory of [scandir, "/nonexistent"]) {
      expect(ours("s6-svscanctl", "-a", directory).exitCode).toBe(theirs("s6-svscanctl", "-a", directory).exitCode);
    }
    expect(ours("s6-svscanctl", "-a", "/nonexistent").exitCode).toBe(111);
    rmSync(join(scandir, ".s6-svscan"), { recursive: true });
    await scanWithC(scandir);
    expect(ours("s6-svscanctl", `-${"z".repeat(64)}`, scandir)).toEqual(success);
    expect(ours("s6-svscanctl", `-${"z".repeat(65)}`, scandir)).toMatchObject({ exitCode: 100 });
    expect(ours("s6-svscanctl", "-p", scandir)).toMatchObject({ exitCode: 100 });
    expect(ours("s6-svscanctl", scandir)).toEqual(success);
  });
});
