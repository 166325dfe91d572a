import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { c, IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { cTree } from "./c-scanner.ts";
import { eventually, isAlive, isThere, pidOf, read, waitForUp } from "./svscan-tree.ts";

test("our s6-supervise runs under the C s6-svscan, with a logger, and ends with it", async () => {
  const scandir = makeTempDirectory();
  writeTree(scandir, {
    "it/run": "#!/bin/sh\necho hello\nexec sleep 1000\n",
    "it/finish": "#!/bin/sh\necho finished $1 $2 $3\n",
    "it/log/run": "#!/bin/sh\nexec cat >heard\n",
  });
  const tree = cTree(scandir, OUR_BIN);
  const dir = join(scandir, "it");
  await eventually(() => isThere(dir) && isThere(join(dir, "log"))).toBe(true);
  c("s6-svwait", "-u", "-t", "20000", dir, join(dir, "log"));
  const supervisor = /PPid:\s+(\d+)/.exec(read(`/proc/${pidOf(dir)}/status`))?.[1] ?? "";
  expect(read(`/proc/${supervisor}/comm`)).toBe("s6-supervise\n");
  expect(read(`/proc/${supervisor}/cmdline`)).toContain("s6-supervise.cjs");

  untilHeard(dir, "d.*u", "s6-svc", "-k", dir);
  c("s6-svscanctl", "-t", scandir);
  expect(await tree.ended).toBe(0);
  expect(read(join(dir, "log", "heard"))).toBe("hello\nfinished 256 9 it\nhello\nfinished 256 15 it\n");
  expect(theirs("s6-svdt", dir).stdout).toMatch(/SIGKILL\n@.*SIGTERM\n$/);
});

test.each([["TERM", true], ["HUP", true], ["QUIT", false], ["INT", false]] as const)(
  "SIG%s to a standalone s6-supervise, death recorded: %s",
  async (signal, isRecorded) => {
    const dir = makeTempDirectory();
    writeTree(dir, { run: IDLE });
    const child = spawn(join(OUR_BIN, "s6-supervise"), [dir], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    waitForUp(dir);
    const pid = pidOf(dir);
    child.kill(`SIG${signal}`);
    if (signal === "HUP") {
      await eventually(() => read(`/proc/${child.pid}/fd/0`)).toBe(""); // it only waits for the end of its service
      process.kill(pid, "SIGKILL");
    }
    expect(await ended).toBe(0);
    // INT goes to the group of the service, QUIT leaves it alone.
    if (signal === "QUIT") {
      expect(isAlive(pid)).toBe(true);
      process.kill(pid, "SIGKILL");
    } else await eventually(() => isAlive(pid)).toBe(false);
    expect(theirs("s6-svdt", dir).stdout !== "").toBe(isRecorded);
  },
);
