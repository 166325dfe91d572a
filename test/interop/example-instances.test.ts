import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { freePort } from "../support/ports.ts";
import { killProcessesBelow } from "../support/processes.ts";
import { eventually } from "./svscan-tree.ts";

const root = join(import.meta.dirname, "..", "..");

/** The commands of its README, word for word, but for where and on which ports. */
test("the instances of examples/instances are made, asked, restarted and deleted as its README says", async () => {
  const [scan, one, two] = [join(makeTempDirectory(), "scan"), await freePort(), await freePort()];
  onTestFinished(() => killProcessesBelow(scan));
  const text = /```\n([^`]+)```/.exec(readFileSync(join(root, "examples", "instances", "README.md"), "utf8"))?.[1] ?? "";
  const commands = text.replaceAll("/tmp/scan", scan).replaceAll("16381", String(one)).replaceAll("16382", String(two)).replace(" &", " >/dev/null 2>&1 &").split("\n");
  const run = (from: string, to: string): string => {
    const part = commands.slice(commands.findIndex((line) => line.startsWith(from)), commands.findIndex((line) => line.startsWith(to))).join("\n");
    // Its supervisor is there a moment after the tree was started: a person is slower.
    const script = `set -e\n${part.replace("s6-svwait", `until s6-svok ${scan}/redis; do sleep 0.05; done\ns6-svwait`)}`;
    const { stdout, stderr, status } = spawnSync("/bin/sh", ["-c", script], { cwd: root, encoding: "utf8", timeout: 25_000, env: { ...process.env, PATH: `${OUR_BIN}:${process.env["PATH"] ?? ""}` } });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    return stdout;
  };
  const ping = (port: number): string => spawnSync("redis-cli", ["-p", String(port), "ping"], { encoding: "utf8" }).stdout;

  const listed = run("mkdir", "s6-instance-status");
  expect(listed.trim().split("\n").sort()).toEqual([String(one), String(two)].sort());
  for (const port of [one, two]) await eventually(() => ping(port)).toBe("PONG\n");
  expect(run("s6-instance-status", "s6-instance-delete")).toMatch(/^up \(pid \d+/);
  await eventually(() => ping(two)).toBe("PONG\n");
  run("s6-instance-delete", "s6-svscanctl");
  await eventually(() => ping(one)).toBe("");
  expect(spawnSync(join(OUR_BIN, "s6-svscanctl"), ["-t", scan]).status).toBe(0);
  await eventually(() => ping(two)).toBe("");
});
