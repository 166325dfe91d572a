import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { mountDisk, NO_ROOM } from "../support/disk.ts";
import { OUR_BIN } from "../support/executables.ts";
import { eventually } from "../interop/svscan-tree.ts";

/** S6_ACTORS_LOG_KILLS=2000 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_LOG_KILLS"] ?? 200);
const isArchive = (name: string): boolean => /^@[0-9a-f]{24}\.[su]$/.test(name);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All that was ever logged there, in order. A kill may stop the kernel in the middle of a write: only in a file that was cut off. */
function logged(dir: string): string {
  const names = readdirSync(dir).sort();
  const files = [...names.filter(isArchive), ...["previous", "current"].filter((name) => names.includes(name))];
  return files.map((name) => {
    const text = readFileSync(join(dir, name), "latin1");
    return name.endsWith(".u") ? text.slice(0, text.lastIndexOf("\n") + 1) : text;
  }).join("");
}

/** 16 bytes: a read of 64 KiB never ends within one. */
const numbered = (number: number): string => `line ${String(number).padStart(10, "0")}\n`;

test(`${KILLS} times kill -9: lines are whole and in order, and only what was on its way in memory is missing`, { timeout: 60_000 + 500 * KILLS }, async () => {
  const dir = makeTempDirectory();
  const fifo = join(dir, "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK); // so that the pipe outlives its readers
  onTestFinished(() => closeSync(fd));
  let next = 0;
  const write = (): void => {
    try {
      // In one write, which a pipe takes whole or not at all.
      writeSync(fd, Array.from({ length: 100 }, (_, index) => numbered(next + index)).join(""));
      next += 100;
    } catch (error) {
      expect(error).toMatchObject({ code: "EAGAIN" });
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const stdin = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const logger = spawn(join(OUR_BIN, "s6-log"), ["-d3", "n100000", "s4096", "l0", "./d"], { cwd: dir, stdio: [stdin, "ignore", "inherit", "pipe"] });
    closeSync(stdin);
    const ended = new Promise((resolve) => logger.once("close", resolve));
    await new Promise((resolve) => logger.stdio[3]?.once("data", resolve));
    const until = performance.now() + Math.random() * 30;
    do {
      write();
      await pause(1);
    } while (performance.now() < until);
    logger.kill("SIGKILL");
    await ended;
  }
  const last = spawnSync(join(OUR_BIN, "s6-log"), ["n100000", "./d"], { cwd: dir, input: "" });
  expect(last.status).toBe(0);
  expect(readdirSync(join(dir, "d")).filter((name) => !isArchive(name)).sort()).toEqual(["current", "lock", "state"]);
  const text = logged(join(dir, "d"));
  const lines = text.split("\n").slice(0, -1);
  expect(lines.filter((line) => !/^line \d{10}$/.test(line))).toEqual([]);
  const numbers = lines.map((line) => Number(line.slice(5)));
  const gaps = numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
  expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
  expect(gaps.length).toBeLessThanOrEqual(KILLS);
  expect(numbers.length).toBeGreaterThan(next / 10);
});

test("a full disk: nothing is lost, and everything is written in order when there is room again", async () => {
  const disk = join(makeTempDirectory(), "disk");
  mountDisk(disk, 16);
  mkdirSync(join(disk, "d"));
  writeFileSync(join(disk, "ballast"), new Uint8Array(44 * 1024));
  const logger = spawn(join(OUR_BIN, "s6-log"), ["r50", "s1000000", "./d"], { cwd: disk, stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  logger.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  onTestFinished(() => void logger.kill("SIGKILL"));
  const ended = new Promise((resolve) => logger.once("close", resolve));
  const text = Array.from({ length: 3500 }, (_, index) => `line ${index}\n`).join("");
  logger.stdin?.write(text);
  await eventually(() => stderr).toContain(NO_ROOM);
  expect(statSync(join(disk, "d", "current")).size).toBeLessThan(text.length);
  rmSync(join(disk, "ballast"));
  await eventually(() => statSync(join(disk, "d", "current")).size).toBe(text.length);
  logger.stdin?.end();
  await ended;
  expect(logged(join(disk, "d"))).toBe(text);
});
