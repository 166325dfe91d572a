import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { mountDisk } from "../support/disk.ts";
import { ACCOUNTS, hostsOf, killHosts } from "../support/hosts.ts";
import { archives, runningLogger, type RunningLogger } from "../support/loggers.ts";
import { eventually } from "../interop/svscan-tree.ts";

const ACCOUNT = ACCOUNTS.log;
/** S6_ACTORS_HOST_KILLS=1000 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_HOST_KILLS"] ?? 40);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function ownedDirectory(): string {
  const dir = makeTempDirectory();
  chownSync(dir, ACCOUNT, ACCOUNT);
  return dir;
}

const asNobody = (words: readonly string[], dir: string): Promise<RunningLogger> =>
  runningLogger(words, dir, "hosted", [join(C_BIN, "s6-setuidgid"), "nobody"]);

const logged = (dir: string): string =>
  [...archives(dir), ...["previous", "current"].filter((name) => existsSync(join(dir, name)))].map((name) => readFileSync(join(dir, name), "latin1")).join("");

/** Numbers lines until `isEnough`, in portions that end in the middle of a line. */
async function number(logger: RunningLogger, isEnough: () => boolean): Promise<string> {
  let [text, sent] = ["", 0];
  for (let next = 0; !isEnough() || next < 1000; next += 20) {
    text += Array.from({ length: 20 }, (_, index) => `line ${next + index}\n`).join("");
    const portion = text.slice(sent, text.length - (next % 7));
    logger.write(portion);
    sent += portion.length;
    await pause(1);
  }
  logger.write(text.slice(sent));
  return text;
}

async function killWhile(logger: RunningLogger): Promise<string> {
  let kills = 0;
  const killing = (async () => {
    while (kills < KILLS) {
      await pause(20 + Math.random() * 100);
      kills += killHosts(ACCOUNT);
    }
  })();
  const text = await number(logger, () => kills >= KILLS);
  await killing;
  return text;
}

test(`${KILLS} times kill -9 of the host: the loggers stay, and no line is lost, doubled or cut`, { timeout: 60_000 + 2000 * KILLS }, async () => {
  const [dir, other] = [ownedDirectory(), ownedDirectory()];
  const logger = await asNobody(["n100000", "s4096", "l0", "./d", "-", "+[05]$", "./e"], dir);
  const neighbour = await asNobody(["t", "./d"], other);
  neighbour.write("one\ntw");
  const text = await killWhile(logger);
  neighbour.write("o\n");
  logger.end();
  expect(await logger.ended).toEqual({ exitCode: 0, signal: null, stderr: "" });
  expect(logged(join(dir, "d"))).toBe(text);
  expect(logged(join(dir, "e"))).toBe(text.split("\n").filter((line) => /[05]$/.test(line)).map((line) => `${line}\n`).join(""));
  expect(readdirSync(join(dir, "d")).filter((name) => name.endsWith(".u"))).toEqual([]);
  expect(statSync(join(dir, "d", "current")).mode & 0o100).toBe(0o100);
  neighbour.end();
  expect(await neighbour.ended).toEqual({ exitCode: 0, signal: null, stderr: "" });
  expect(logged(join(other, "d")).replaceAll(/@[0-9a-f]{24}/g, "@")).toBe("@ one\n@ two\n");
});

test("a rotation with a processor goes on in another host, whatever was under way", { timeout: 60_000 + 2000 * KILLS }, async () => {
  const dir = ownedDirectory();
  const logger = await asNobody(["n100000", "s4096", "l0", "r10", "?n=$(cat <&4); echo $((n+1)) >&5; cat", "./d"], dir);
  const text = await killWhile(logger);
  logger.end();
  expect(await logger.ended).toMatchObject({ exitCode: 0 });
  expect(logged(join(dir, "d"))).toBe(text);
  expect(Number(readFileSync(join(dir, "d", "state"), "utf8"))).toBe(archives(join(dir, "d")).length);
});

test("signals that come while there is no host are told to the next one", async () => {
  const dir = ownedDirectory();
  const logger = await asNobody(["-t", "0", "./d"], dir);
  logger.write("one\ntw");
  await eventually(() => logged(join(dir, "d"))).toBe("one\n");
  killHosts(ACCOUNT);
  logger.kill("SIGTERM");
  await pause(50);
  killHosts(ACCOUNT);
  await pause(100);
  logger.write("o\nthree\n");
  expect(await logger.ended).toMatchObject({ exitCode: 0 });
  expect(logged(join(dir, "d"))).toBe("one\ntwo\n");
});

test("kill -9 of a hosted logger's process is what it is for any: the next one finds the directory free, and current as it was", async () => {
  const dir = ownedDirectory();
  for (const line of ["one", "two", "three"]) {
    const logger = await asNobody(["./d"], dir);
    logger.write(`${line}\n`);
    await eventually(() => readFileSync(join(dir, "d", "current"), "utf8")).toBe(`${line}\n`);
    logger.kill("SIGKILL");
    expect(await logger.ended).toMatchObject({ signal: "SIGKILL" });
  }
  expect(archives(join(dir, "d")).map((name) => name.slice(-2))).toEqual([".u", ".u"]);
  expect(logged(join(dir, "d"))).toBe("one\ntwo\nthree\n");
});

test("a full disk stops one logger of a host and no other, and a new host knows what waits", async () => {
  const disk = join(makeTempDirectory(), "disk");
  mountDisk(disk, 16);
  mkdirSync(join(disk, "d"));
  writeFileSync(join(disk, "ballast"), new Uint8Array(44 * 1024));
  for (const path of [disk, join(disk, "d")]) chownSync(path, ACCOUNT, ACCOUNT);
  const [logger, neighbour] = [await asNobody(["-q", "r50", "s1000000", "./d"], disk), await asNobody(["./d"], ownedDirectory())];
  const text = Array.from({ length: 3500 }, (_, index) => `line ${index}\n`).join("");
  logger.write(text);
  await eventually(() => statSync(join(disk, "d", "current")).size).toBeGreaterThan(4096);
  neighbour.write("hello\n");
  await eventually(() => logged(join(neighbour.dir, "d"))).toBe("hello\n");
  expect(killHosts(ACCOUNT)).toBe(1);
  await pause(100);
  rmSync(join(disk, "ballast"));
  await eventually(() => logged(join(disk, "d"))).toBe(text);
  for (const each of [logger, neighbour]) {
    each.end();
    expect(await each.ended).toEqual({ exitCode: 0, signal: null, stderr: "" });
  }
});

// One after the other: the end comes at each step of a logger's start.
test.each(Array.from({ length: 16 }, (_, index) => 42 + index))("a host without descriptors for one more (%i) turns it away, and that one works by itself, or with another host", async (limit) => {
  killHosts(ACCOUNT); // one that lingers has more
  const loggers: RunningLogger[] = [];
  for (let count = 0; count < 10; count++) {
    loggers.push(await runningLogger(["./d"], ownedDirectory(), "offered", ["prlimit", `--nofile=${limit}:${limit}`, join(C_BIN, "s6-setuidgid"), "nobody"]));
  }
  for (const logger of loggers) logger.write("hello\n");
  for (const { dir } of loggers) await eventually(() => logged(join(dir, "d"))).toBe("hello\n");
  expect(loggers.some(({ isThin }) => !isThin) || hostsOf(ACCOUNTS.log).length > 1).toBe(true);
  for (const logger of loggers) {
    logger.end();
    expect(await logger.ended).toEqual({ exitCode: 0, signal: null, stderr: "" });
  }
});
