import { spawn, spawnSync } from "node:child_process";
import { constants, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AT_FDCWD } from "../../src/sys/addon.ts";
import { closeFd, isOpen, openAt, openCreating } from "../../src/sys/files.ts";
import { dropLock, holdLock, isLocked, lockRange, lockRangeLater, testLock, tryLock } from "../../src/sys/lock.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { spawn as spawnNative, spawnOut, waitPidfd } from "../../src/sys/process.ts";
import { packageRoot } from "../../src/sys/package-root.ts";
import { collect, makeTempDirectory } from "./fixture-process.ts";

const lockFile = (): string => join(makeTempDirectory(), "lock");
const open = (path: string): number => openCreating(AT_FDCWD, path, constants.O_RDWR, 0o644);
/** Does the C tool get the lock? 1 = busy. */
const setlock = (path: string): number | null => spawnSync("/usr/bin/s6-setlock", ["-n", path, "true"]).status;

test("a lock keeps C tools out, survives a close of the same file, and ends with its descriptor", () => {
  const path = lockFile();
  const fd = open(path);
  expect(tryLock(fd, path)).toBe(true);
  expect(tryLock(fd, path)).toBe(true); // ours already
  closeFd(open(path)); // would end a classic lock
  expect(setlock(path)).toBe(1);
  expect(isLocked(path)).toBe(true);
  const other = open(path);
  expect(tryLock(other, path)).toBe(false);
  closeFd(other);
  closeFd(fd);
  expect(setlock(path)).toBe(0);
  expect(isLocked(path)).toBe(false);
});

test("a held lock needs no descriptor, and ends when it is dropped", () => {
  const [path, other] = [lockFile(), lockFile()];
  const take = (file: string): { fd: number; held: number } => {
    const fd = open(file);
    expect(tryLock(fd, file)).toBe(true);
    return { fd, held: holdLock(fd) };
  };
  const first = take(path);
  expect(isOpen(first.fd)).toBe(false);
  closeFd(open(path));
  expect(setlock(path)).toBe(1);
  const second = take(other);
  dropLock(first.held);
  expect(setlock(path)).toBe(0);
  expect(setlock(other)).toBe(1);
  expect(() => dropLock(first.held)).toThrow(/Bad file descriptor/);
  expect(take(path).held).toBe(first.held); // its place is free again
  dropLock(first.held);
  dropLock(second.held);
  expect([setlock(path), setlock(other)]).toEqual([0, 0]);
});

test("a C tool's lock keeps us out, and is seen", async () => {
  const path = lockFile();
  const holder = spawn("/usr/bin/s6-setlock", [path, "/bin/sh", "-c", "echo held; exec sleep 1000"]);
  const ended = collect(holder);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const fd = open(path);
  expect(tryLock(fd, path)).toBe(false);
  expect(testLock(fd, path)).toBe(true);
  expect(isLocked(path)).toBe(true);
  holder.kill();
  await ended;
  expect(tryLock(fd, path)).toBe(true);
  closeFd(fd);
});

test("no file is no lock; a file where a directory should be is an error", () => {
  const path = lockFile();
  expect(isLocked(path)).toBe(false);
  writeFileSync(path, "");
  expect(() => isLocked(`${path}/lock`)).toThrow(/Not a directory/);
  const readOnly = openAt(AT_FDCWD, path, constants.O_RDONLY);
  expect(() => tryLock(readOnly, path)).toThrow(/Bad file descriptor/);
  closeFd(readOnly);
});

test("the helper waits for the lock of another instance, holds it through exec, and gives the new program its name", async () => {
  const path = lockFile();
  const held = open(path);
  expect(tryLock(held, path)).toBe(true);
  const fd = open(path);
  const out = spawnOut();
  const helper = join(packageRoot, "dist", "native", "launcher");
  const script = `test "$0" = ./run && test "$1" = name && exit 7`;
  const argv = ["s6-actors-lock", "9", "/bin/sh", "sh", "-c", script, "./run", "name"];
  spawnNative(AT_FDCWD, helper, argv, new Map([[0, 0], [1, 1], [2, 2], [9, fd]]), 0, out);
  closeFd(fd);
  const pidfd = out[1] ?? -1;
  expect(pollReadable([pidfd], 100)).toEqual([]); // blocked, as long as we like
  closeFd(held);
  pollReadable([pidfd], undefined);
  expect(waitPidfd(pidfd)).toBe(7 << 8);
  closeFd(pidfd);
});

test("the helper says what is wrong", async () => {
  const helper = join(packageRoot, "dist", "native", "launcher");
  const run = (args: string[]) => collect(spawn(helper, args, { argv0: "s6-actors-lock" }));
  expect(await run(["1"])).toMatchObject({ exitCode: 100 });
  expect(await run(["77", "/bin/true", "true"])).toMatchObject({
    exitCode: 111, stderr: "s6-actors-lock: fatal: unable to lock: Bad file descriptor\n",
  });
  const path = lockFile();
  const fd = open(path);
  const failing = spawn(helper, ["3", "/nonexistent", "x"], {
    argv0: "s6-actors-lock", stdio: ["ignore", "pipe", "pipe", fd],
  });
  expect(await collect(failing)).toMatchObject({
    exitCode: 111, stderr: "s6-actors-lock: fatal: unable to exec /nonexistent: No such file or directory\n",
  });
  closeFd(fd);
});

test("bytes of a file are shared or not, and who waits for them hears of it", async () => {
  const path = lockFile();
  const [one, two] = [open(path), open(path)];
  const [first, both] = [{ start: 2 ** 40, length: 1 }, { start: 2 ** 40, length: 2 }];
  expect(lockRange(one, "shared", both)).toBe(true);
  expect(lockRange(two, "shared", first)).toBe(true);
  expect(lockRange(two, "exclusive", first)).toBe(false);
  let isTaken = false;
  const later = lockRangeLater(two, "exclusive", first).then(() => void (isTaken = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isTaken).toBe(false);
  lockRange(one, "none", first);
  await later;
  expect(lockRange(one, "shared", first)).toBe(false);
  expect(lockRange(one, "shared", both)).toBe(false);
  closeFd(two);
  expect(lockRange(one, "exclusive", both)).toBe(true);
  closeFd(one);
  await expect(lockRangeLater(one, "shared", first)).rejects.toThrow("unable to lock: Bad file descriptor");
});
