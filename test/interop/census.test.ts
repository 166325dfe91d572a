import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { c, untilHeard } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { eventually, isAlive, pidOf, read, scan, scanIn, waitForUp } from "./svscan-tree.ts";

/** Two in its group, one that has gone away with setsid, twice forked: only the first ones can be tied to it. */
const LEAVES = `#!/bin/sh
exec >/dev/null 2>&1
sleep 1000 & echo $! | tee -a all >one
sleep 1000 & echo $! | tee -a all >two
(setsid sh -c 'echo $$ >away.new; echo $$ >>all; mv away.new away; exec sleep 1000' &)
until [ -s away ]; do :; done
echo >&3
exec sleep 1000
`;
const FINISH = "#!/bin/sh\n(sleep 1000 & echo $! | tee -a all >three) >/dev/null 2>&1\n";
const files = (word: string) => ({ "it/run": LEAVES, "it/finish": FINISH, "it/notification-fd": "3\n", "it/flag-census": word });

const pids = (dir: string, ...names: string[]): number[] => names.map((name) => Number(read(`${dir}/${name}`)));

/** Whoever is still there when the test is over was made here. */
function kept(dir: string): void {
  onTestFinished(() => {
    for (const pid of read(`${dir}/all`).trim().split("\n").map(Number)) if (pid > 1 && isAlive(pid)) process.kill(pid, "SIGKILL");
  });
}

describe("flag-census", () => {
  test("kill: D comes when all that can be tied to the service are gone, and others are left alone", async () => {
    const tree = await scan(files("kill\n"));
    const dir = tree.path("it");
    kept(dir);
    waitForUp(dir);
    c("s6-svwait", "-U", "-t", "20000", dir);
    const [one = 0, two = 0, away = 0] = pids(dir, "one", "two", "away");
    theirs("s6-svc", "-d", dir);
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect([one, two, ...pids(dir, "three")].map(isAlive)).toEqual([false, false, false]);
    expect(isAlive(away)).toBe(true);
    const told = ours("s6-svhistory", dir).stdout;
    expect(told).toMatch(new RegExp(`left 3 processes behind, killed: ${one} sleep \\(of its process group\\), ${two} sleep .*\n.*nothing is left of it any more`));
    expect(ours("s6-why", dir).stdout).toContain("left       3 processes behind, killed");
    expect(ours("s6-replay", dir).stdout).toContain("agree");
  });

  test("empty: they are counted, and nothing else", async () => {
    const tree = await scan(files(""));
    const dir = tree.path("it");
    kept(dir);
    waitForUp(dir);
    c("s6-svwait", "-U", "-t", "20000", dir);
    theirs("s6-svc", "-d", dir);
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect(pids(dir, "one", "two", "three", "away").map(isAlive)).toEqual([true, true, true, true]);
    expect(ours("s6-svhistory", dir).stdout).toContain("left 3 processes behind: ");
  });

  test("absent: nothing is recorded of it", async () => {
    const { "it/flag-census": _, ...rest } = files("");
    const tree = await scan(rest);
    const dir = tree.path("it");
    kept(dir);
    waitForUp(dir);
    c("s6-svwait", "-U", "-t", "20000", dir);
    theirs("s6-svc", "-d", dir);
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect(ours("s6-svhistory", "--export", dir).stdout).not.toContain("census");
  });

  test("kill without a finish, and a run that exits at once: who was forked just before is found all the same", async () => {
    const tree = await scan({ "it/run": "#!/bin/sh\nexec >/dev/null 2>&1\nsleep 1000 &\necho $! >one\nexit 1\n", "it/down": "", "it/flag-census": "kill" });
    const dir = tree.path("it");
    await eventually(() => theirs("s6-svok", dir).exitCode).toBe(0);
    for (let count = 1; count <= 5; count++) {
      untilHeard(dir, "u.*D", "s6-svc", "-o", dir);
      expect(isAlive(...(pids(dir, "one") as [number]))).toBe(false);
    }
    expect(ours("s6-svhistory", dir).stdout.match(/left 1 process behind, killed/g)).toHaveLength(5);
  });

  test("those that fork without end are gone when D comes", async () => {
    const tree = await scan({
      "it/run": "#!/bin/sh\nexec >/dev/null 2>&1\n(while :; do sleep 0.001 & done) &\necho >&3\nexec sleep 1000\n",
      "it/notification-fd": "3\n", "it/flag-census": "kill",
    });
    const dir = tree.path("it");
    waitForUp(dir);
    c("s6-svwait", "-U", "-t", "20000", dir);
    const group = pidOf(dir);
    theirs("s6-svc", "-d", dir);
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect(() => process.kill(-group, 0)).toThrow("ESRCH");
  });

  test("a tree that is killed between the census and the kill: the next one counts again, and kills", async () => {
    const first = await scan({ ...files("kill"), "it/data/x": "" }, { environment: { S6_ACTORS_FAULT: "kill:it:clear" } });
    const dir = first.path("it");
    kept(dir);
    waitForUp(dir);
    c("s6-svwait", "-U", "-t", "20000", dir);
    writeFileSync(`${dir}/data/fault`, "");
    theirs("s6-svc", "-d", dir);
    expect((await first.ended).signal).toBe("SIGKILL");
    expect(pids(dir, "one", "two").map(isAlive)).toEqual([true, true]);
    const second = await scanIn(first.scandir, { unlike: ["supervise/death_tally"] }); // the journal lacks the last millisecond
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect(pids(dir, "one", "two").map(isAlive)).toEqual([false, false]);
    expect(existsSync(`${dir}/down`)).toBe(false);
    theirs("s6-svc", "-u", dir);
    waitForUp(dir);
    expect(second.stderr()).not.toContain("unexpected");
    theirs("s6-svc", "-d", dir);
    c("s6-svwait", "-D", "-t", "20000", dir);
    expect(ours("s6-replay", dir).stdout).toContain("agree");
  });
});
