import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { C_BIN } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { eventually, pidOf, read, scan, scanIn } from "./svscan-tree.ts";

const SCRIPT = `#!${OUR_BIN}/execlineb -P\n`;
const environment = { PATH: `${OUR_BIN}:/usr/bin:/bin`, S6_ACTORS_NODE: process.execPath };

/** Its command line and one of its variables. */
const seen = (pid: number) => [
  readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").slice(0, -1).join(" "),
  /(?:^|\0)COLOUR=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, "latin1"))?.[1],
  /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"))?.[1],
];

test("a service is what its script says, whenever that changes, and finish, too", async () => {
  const tree = await scan({
    "a/run": `${SCRIPT}s6-envdir env s6-softlimit -o 77 sleep 1000\n`, "a/env/COLOUR": "blue\n", "a/finish": `${SCRIPT.replace("-P", "-S2")}redirfd -a 1 ends echo $1 $2\n`,
  }, { environment });
  tree.up("a");
  expect(seen(pidOf(tree.path("a")))).toEqual(["sleep 1000", "blue", "77"]);

  const restarted = async (change: () => void): Promise<number> => {
    const before = pidOf(tree.path("a"));
    change();
    theirs("s6-svc", "-wR", "-T10000", "-r", tree.path("a")); // down, and up again
    await eventually(() => ![0, before].includes(pidOf(tree.path("a")))).toBe(true);
    return pidOf(tree.path("a"));
  };
  expect(seen(await restarted(() => writeFileSync(tree.path("a", "env", "COLOUR"), "red\n")))).toEqual(["sleep 1000", "red", "77"]);
  expect(seen(await restarted(() => writeFileSync(tree.path("a", "run"), `${SCRIPT}s6-softlimit -o 66 sleep 2000\n`)))).toEqual(["sleep 2000", undefined, "66"]);
  // As it is, it is the same.
  const pid = await restarted(() => writeFileSync(tree.path("a", "flag-no-compile"), ""));
  await eventually(() => seen(pid)).toEqual(["sleep 2000", undefined, "66"]);
  await eventually(() => read(tree.path("a", "ends"))).toBe("256 15\n256 15\n256 15\n");
}, 60_000);

test("what it can't do, its programs say on the service's stderr, under their names", async () => {
  const tree = await scan({ "a/run": `${SCRIPT}s6-softlimit -o 9 s6-envdir nowhere sleep 1000\n`, "b/run": `${SCRIPT}s6-softlimit -o 9 nosuchprogram\n` }, { environment });
  await eventually(() => tree.stderr()).toContain("s6-envdir: fatal: unable to envdir nowhere: No such file or directory\n");
  await eventually(() => tree.stderr()).toContain("s6-softlimit: fatal: unable to exec nosuchprogram: No such file or directory\n");
});

test("a service that was compiled outlives a tree that is killed, and the next one takes it over", async () => {
  const files = { "a/run": `${SCRIPT}s6-softlimit -o 77 s6-setlock lock sleep 1000\n` };
  const tree = await scan(files, { environment, stdio: ["ignore", "ignore"] });
  tree.up("a");
  const pid = pidOf(tree.path("a"));
  tree.process.kill("SIGKILL");
  await tree.ended;
  const next = await scanIn(tree.scandir, { environment, stdio: ["ignore", "ignore"] });
  next.up("a");
  expect(pidOf(next.path("a"))).toBe(pid);
  expect(theirs("s6-setlock", "-n", next.path("a", "lock"), "true").exitCode).toBe(1);
});

test("SIGUSR1 of a tree may be a chain", async () => {
  const tree = await scan({ ".s6-svscan/SIGUSR1": `${SCRIPT}redirfd -w 1 heard echo usr1\n` }, { environment });
  tree.process.kill("SIGUSR1");
  await eventually(() => read(tree.path("heard"))).toBe("usr1\n");
});

test(`C's execlineb (${C_BIN}) is left to itself`, async () => {
  const tree = await scan({ "a/run": "#!/usr/bin/execlineb -P\ns6-softlimit -o 77 sleep 1000\n" }, { environment });
  tree.up("a");
  await eventually(() => seen(pidOf(tree.path("a")))[2]).toBe("77");
});
