import { spawn } from "node:child_process";
import { chownSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../interop/svscan-tree.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { ACCOUNTS, as, hostsOf, killHosts } from "../support/hosts.ts";
import { runningLogger, type RunningLogger } from "../support/loggers.ts";

const ACCOUNT = ACCOUNTS.occupied;
const NAME = new RegExp(`@(s6-actors/host/${ACCOUNT}/[0-9a-f]+/0)$`, "m");

const start = (): Promise<RunningLogger> => {
  const dir = makeTempDirectory();
  chownSync(dir, ACCOUNT, ACCOUNT);
  return runningLogger(["./d"], dir, "hosted", as(ACCOUNT));
};

/** Takes the name, says what a host says, and tells of every byte that comes. */
const SQUATTER = `
  socket(S, AF_UNIX, SOCK_SEQPACKET, 0) or die; bind(S, pack_sockaddr_un("\\0$ARGV[0]")) or die $!; listen(S, 99) or die; $| = 1;
  print "ready\\n"; while (accept(C, S)) { send(C, "W", 0); my $n = sysread(C, my $b, 4096); $n ||= 0; print "$n bytes\\n"; }`;

test.each([
  ["of the same account, with fewer rights", [...as(ACCOUNT), "setpriv", "--no-new-privs"]],
  ["of another account", as(ACCOUNTS.socklog)],
])("somebody %s who has taken the name of a host gets nothing from daemons: they have a host elsewhere", async (_, before) => {
  const first = await start();
  const name = NAME.exec(readFileSync("/proc/net/unix", "latin1"))?.[1] ?? "";
  expect(name).not.toBe("");
  first.end();
  await first.ended;
  killHosts(ACCOUNT);
  await eventually(() => hostsOf(ACCOUNT).length).toBe(0);

  const [command = "", ...args] = [...before, "perl", "-MSocket", "-e", SQUATTER, name];
  const squatter = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void squatter.kill("SIGKILL"));
  let said = "";
  squatter.stdout.setEncoding("latin1").on("data", (text: string) => void (said += text));
  await eventually(() => said).toContain("ready");

  const logger = await start();
  logger.write("hello\n");
  await eventually(() => readFileSync(join(logger.dir, "d", "current"), "utf8")).toBe("hello\n");
  logger.end();
  expect(await logger.ended).toEqual({ exitCode: 0, signal: null, stderr: "" });
  await eventually(() => said).toMatch(/^ready\n(0 bytes\n)+$/);
  killHosts(ACCOUNT);
});
