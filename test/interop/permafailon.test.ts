import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deathOf, encodeDeathTally } from "../../src/formats/death-tally.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { exitStatus, signalStatus } from "../../src/formats/wait-status.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { shellWith, twins, WHAT_IT_HAS } from "../support/twins.ts";
import { eventually, scan } from "./svscan-tree.ts";

/** A service directory with this tally: [seconds ago, wait status], oldest first. */
function serviceWith(...deaths: readonly (readonly [ago: number, status: number])[]): string {
  const dir = makeTempDirectory();
  mkdirSync(join(dir, "supervise"));
  const seconds = Math.floor(Date.now() / 1000);
  const tally = encodeDeathTally(deaths.map(([ago, status]) => deathOf(tainFromUnix(seconds - ago, 0), status)));
  writeFileSync(join(dir, "supervise", "death_tally"), tally);
  return dir;
}

const [failed, killed, ended] = [exitStatus(1), signalStatus(9), exitStatus(0)];
const RUN = '$BIN/s6-permafailon "$@"';

describe("beside C's s6-permafailon", () => {
  test.each([
    ["1000", "1", "1"], ["1000", "2", "1,KILL"], ["1000", "3", "0-255"], ["1000", "4", "1,137"], ["1000", "5", "0-255"],
    ["1000", "5", "0-255", "echo", "on"], ["300", "1", "137"], ["300", "2", "KILL,1", "echo"], ["0", "1", "0-255", "echo", "x"],
    ["4294967295", "4294967295", "0-255", "echo", "x"], ["1000", "1", "9", "nonexistent"], ["1000", "1", "9", "/etc/passwd"],
    [], ["1"], ["1", "1"], ["1", "0", "1"], ["x", "1", "1"], ["1", "-1", "1"], ["4294967296", "1", "1"], ["-t", "1", "1"],
  ])("%s %s %s %s %s", (...args) => {
    const dir = serviceWith([5000, failed], [900, failed], [850, ended], [200, killed], [100, failed]);
    twins(dir, RUN, ...args.filter((arg) => arg !== undefined));
  });

  test.each([
    "", ",", "foo", "256", "5-3", "3-", "-3", "3-4-5", "3,,4", "007", "3x", "SIG", "SIG15", "sig9", "SIG32", "SIG64", "SIG65", "SIG0",
    "SIG99x", "SIG031", "SIG4294967311", "SIGSIGTERM", "termx", "SIGCLD", "io", " 3", "3 ", "3- 4", "3\r4", "3\v4", "9999999999", "3-300x",
    "5--6", "term;segv 3\t5-7\nsigint", "1-1,",
  ])("the list %j", (list) => {
    twins(serviceWith([10, failed]), RUN, "100", "1", list, "echo", "on");
  });

  test("no more than 4096 deaths are asked for", () => {
    const dir = serviceWith(...Array.from({ length: 4096 }, () => [10, failed] as const));
    expect(twins(dir, RUN, "100", "5000", "1", "echo", "on").exitCode).toBe(125);
  });

  test("a tally that is missing or damaged draws a warning, and stays as it is", () => {
    const dir = serviceWith([10, failed]);
    const tally = join(dir, "supervise", "death_tally");
    writeFileSync(tally, "thirteen byte");
    expect(twins(dir, RUN, "100", "1", "1", "echo", "on")).toMatchObject({ exitCode: 0, stdout: "on\n" });
    expect(readFileSync(tally, "utf8")).toBe("thirteen byte");
    rmSync(tally);
    twins(dir, RUN, "100", "1", "1", "echo", "on");
    rmSync(join(dir, "supervise"), { recursive: true });
    twins(dir, RUN, "100", "1", "1", "echo", "on");
  });

  test("the program gets everything that it would have without it", () => {
    const script = `exec 5</dev/null 40</dev/null <&-; trap '' USR1; ulimit -Sn 77; umask 027; ${RUN}`;
    const { stdout } = twins(serviceWith([10, ended]), script, "100", "1", "1", "sh", "-c", WHAT_IT_HAS);
    expect(stdout).toContain("\nfds 0 1 2 ");
    expect(stdout).toMatch(/^fds.* 40 5$/m);
    expect(stdout).toContain("\n77\n0027\n");
  });
});

test("in the middle of a chain", () => {
  const script = "PATH=$BIN:/usr/bin:/bin; exec s6-setlock lock s6-permafailon 100 2 1 s6-softlimit -o 77 sh -c 'ulimit -Sn; ls -l /proc/$$/fd | grep -c /lock$'";
  expect(shellWith(OUR_BIN, serviceWith([10, failed]), script)).toEqual({ exitCode: 0, stdout: "77\n1\n", stderr: "" });
});

describe("in a finish script of our tree", () => {
  const finish = (...args: readonly string[]): string => `#!/bin/sh\nexec ${OUR_BIN}/s6-permafailon ${args.join(" ")}\n`;

  test("it brings the service down for good", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nexit 3\n", "a/finish": finish("3600", "2", "3") });
    await eventually(() => theirs("s6-svstat", "-o", "wantedup,up", tree.path("a")).stdout).toBe("false false\n");
    expect(theirs("s6-svdt", tree.path("a")).stdout.match(/exitcode 3/g)).toHaveLength(2);
    expect(tree.stderr()).toContain("s6-permafailon: info: PERMANENT FAILURE triggered after 2 events involving exit code 3 in the last 3600 seconds");
  });

  test("it counts deaths that only the journal knows, as long as nobody has cleared the tally", async () => {
    const tree = await scan({ "a/run": "#!/bin/sh\nexit 3\n", "a/finish": finish("3600", "4", "3"), "a/max-death-tally": "2\n" }, {
      unlike: ["supervise/death_tally"],
    });
    await eventually(() => theirs("s6-svstat", "-o", "wantedup,up", tree.path("a")).stdout).toBe("false false\n");
    expect(theirs("s6-svdt", tree.path("a")).stdout.match(/exitcode 3/g)).toHaveLength(2);
    const count = (most: string): number | null => shellWith(OUR_BIN, tree.path("a"), RUN, "3600", most, "3").exitCode;
    expect([count("4"), count("5")]).toEqual([125, 0]);
    expect(shellWith(OUR_BIN, tree.path("a"), RUN, "3600", "5", "3", "echo", "on")).toEqual({ exitCode: 0, stdout: "on\n", stderr: "" });
    expect(twinWithoutJournal(tree.path("a"))).toBe(0);
    expect(ours("s6-svdt-clear", tree.path("a")).exitCode).toBe(0);
    expect(count("1")).toBe(0);
  });
});

const twinWithoutJournal = (dir: string): number | null => shellWith("/usr/bin", dir, RUN, "3600", "3", "3").exitCode;
