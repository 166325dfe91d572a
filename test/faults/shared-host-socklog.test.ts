import { chownSync, closeSync, constants, openSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../interop/svscan-tree.ts";
import { readFd } from "../../src/sys/files.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { ACCOUNTS, as, hostsOf, isThin, killHosts } from "../support/hosts.ts";
import { PLACE, send, type Settings, start } from "../support/socklogs.ts";

const ACCOUNT = ACCOUNTS.socklog;
const KILLS = Number(process.env["S6_ACTORS_HOST_KILLS"] ?? 10);

async function ofAccount(words: readonly string[], settings: Settings = {}) {
  const dir = makeTempDirectory();
  chownSync(dir, ACCOUNT, ACCOUNT);
  const daemon = await start(OUR_BIN, words, { dir, home: "hosted", before: as(ACCOUNT), ...settings });
  expect(isThin(daemon.pid)).toBe(true);
  return daemon;
}

test("a host that is killed loses no datagram that waits, and none that comes while there is no host", async () => {
  const daemon = await ofAccount(PLACE);
  for (let round = 0; round < KILLS; round++) {
    send(daemon, `${round} before`);
    await eventually(daemon.stdout).toContain(`${round} before\n`);
    await eventually(() => killHosts(ACCOUNT)).toBe(1);
    send(daemon, `${round} after`);
    await eventually(daemon.stdout).toContain(`${round} after\n`);
  }
  expect(daemon.stdout()).toBe(Array.from({ length: KILLS }, (_, round) => `${round} before\n${round} after\n`).join(""));
  daemon.process.kill("SIGTERM");
  expect(await daemon.ended).toEqual({ exitCode: 0, stderr: "" });
});

test("lines that nobody reads survive the host, and so does the order to stop", async () => {
  const path = join(makeTempDirectory(), "pipe");
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stdout = openSync(path, "w");
  onTestFinished(() => [readEnd, stdout].forEach((fd) => void closeSync(fd)));
  const daemon = await ofAccount(PLACE, { stdout });
  const datagrams = Array.from({ length: 300 }, (_, number) => `${number} ${"x".repeat(900)}`);
  send(daemon, ...datagrams);
  // The last one was taken in when the next that comes is refused.
  daemon.process.kill("SIGTERM");
  await eventually(() => {
    try {
      send(daemon, "late");
      return "taken";
    } catch {
      return "refused";
    }
  }).toBe("refused");
  killHosts(ACCOUNT);
  await eventually(() => hostsOf(ACCOUNT).length).toBe(1);
  let text = "";
  const chunk = Buffer.alloc(65_536);
  const wanted = datagrams.map((line) => `${line}\n`).join("");
  await eventually(() => {
    for (let count = readFd(readEnd, chunk); count !== "again" && count > 0; count = readFd(readEnd, chunk)) text += chunk.toString("latin1", 0, count);
    return text.replaceAll("late\n", "").length;
  }).toBe(wanted.length);
  expect(text.replaceAll("late\n", "")).toBe(wanted);
  expect((await daemon.ended).exitCode).toBe(0);
});
