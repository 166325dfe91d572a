import { execFileSync } from "node:child_process";
import {
  chmodSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { AT_FDCWD } from "../../src/sys/addon.ts";
import { now } from "../../src/sys/clock.ts";
import { tainToUnix } from "../../src/formats/tain.ts";
import { SystemError, strerror } from "../../src/sys/errors.ts";
import {
  chmodAt, chownAt, closeFd, devNull, dupFd, dupOnto, exists, fsyncFd, isDirectory, isExecutable, isOpen, lstatAt, mkdirAt,
  mkfifoAt, openAt, openCreating, pipe, readdirAt, readFd, readFileAt, readlinkAt, renameAt, replaceFileAt, rmdirAt,
  setCloexec, setNonblock, statAt, statFd, symlinkAt, touchAt, truncateFd, unlinkAt, writeFd,
} from "../../src/sys/files.ts";
import { umask } from "../../src/sys/process.ts";
import { makeTempDirectory } from "./fixture-process.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string | undefined => data && new TextDecoder().decode(data);
const permissions = (path: string): number => statSync(path).mode & 0o7777;
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof SystemError) return error.code;
    throw error;
  }
  return "none";
};

let directory: string;
let dirFd: number;
beforeEach(() => {
  directory = makeTempDirectory();
  dirFd = openAt(AT_FDCWD, directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return () => closeFd(dirFd);
});

describe("reading", () => {
  test("gives whole files up to a limit, undefined for none, no end for a FIFO without writer", () => {
    const long = "x".repeat(100_000);
    writeFileSync(join(directory, "long"), long);
    writeFileSync(join(directory, "empty"), "");
    expect(text(readFileAt(dirFd, "long", 1_000_000))).toBe(long);
    expect(text(readFileAt(dirFd, "long", 10))).toBe("xxxxxxxxxx");
    expect(readFileAt(dirFd, "empty", 10)).toEqual(new Uint8Array());
    expect(readFileAt(dirFd, "absent", 10)).toBeUndefined();
    expect(codeOf(() => readFileAt(dirFd, ".", 10))).toBe("EISDIR");
    mkfifoAt(dirFd, "fifo", 0o600);
    expect(readFileAt(dirFd, "fifo", 10)).toEqual(new Uint8Array());
  });

  test("lists a directory without . and ..", () => {
    for (const name of ["b", "a", ".hidden", "\u00fc"]) writeFileSync(join(directory, name), "");
    expect(readdirAt(dirFd, ".").sort()).toEqual([".hidden", "a", "b", "\u00fc"]);
    expect(codeOf(() => readdirAt(dirFd, "a"))).toBe("ENOTDIR");
  });

  test("tells what is there, links followed or not", () => {
    writeFileSync(join(directory, "file"), "12345");
    symlinkAt("file", dirFd, "link");
    symlinkAt("absent", dirFd, "dangling");
    const reference = statSync(join(directory, "file"));
    expect(statAt(dirFd, "link")).toMatchObject({
      mode: reference.mode, dev: reference.dev, ino: reference.ino, uid: reference.uid, gid: reference.gid, size: 5,
      mtimeSeconds: Math.floor(reference.mtimeMs / 1000), isDirectory: false, isFifo: false,
    });
    expect((lstatAt(dirFd, "link")?.mode ?? 0) & constants.S_IFMT).toBe(constants.S_IFLNK);
    expect(statAt(dirFd, "dangling")).toBeUndefined();
    expect(lstatAt(dirFd, "dangling")).toBeDefined();
    expect(statFd(dirFd)?.isDirectory).toBe(true);
    expect(readlinkAt(dirFd, "link")).toBe("file");
    expect(codeOf(() => readlinkAt(dirFd, "file"))).toBe("EINVAL");
    expect([exists(dirFd, "link"), exists(dirFd, "dangling")]).toEqual([true, false]);
    expect([isDirectory(dirFd, "."), isDirectory(dirFd, "file"), isDirectory(dirFd, "absent")]).toEqual([true, false, false]);
    expect(codeOf(() => exists(dirFd, "file/x"))).toBe("ENOTDIR");
    expect(isExecutable(dirFd, "file")).toBe(false);
    chmodAt(dirFd, "file", 0o700);
    expect(isExecutable(dirFd, "file")).toBe(true);
    expect(isExecutable(dirFd, "absent")).toBe(false);
  });
});

describe("writing", () => {
  test("replaces a file at once, through NAME.new, and leaves no NAME.new", () => {
    const before = umask(0o027);
    try {
      replaceFileAt(dirFd, "status", bytes("one"));
      expect(permissions(join(directory, "status"))).toBe(0o640);
    } finally {
      umask(before);
    }
    const old = openAt(dirFd, "status", constants.O_RDONLY);
    replaceFileAt(dirFd, "status", bytes("two"));
    const buffer = new Uint8Array(10);
    expect(readFd(old, buffer)).toBe(3);
    closeFd(old);
    expect(text(buffer.subarray(0, 3))).toBe("one"); // who has it open keeps the old one
    expect(readFileSync(join(directory, "status"), "utf8")).toBe("two");
    mkdirSync(join(directory, "taken"));
    expect(codeOf(() => replaceFileAt(dirFd, "taken", bytes("x")))).toBe("EISDIR");
    expect(readdirSync(directory).sort()).toEqual(["status", "taken"]);
  });

  test("creates with exactly the mode asked for, whatever the umask, and leaves existing modes alone", () => {
    const before = umask(0o077);
    try {
      closeFd(openCreating(dirFd, "lock", constants.O_RDWR, 0o644));
      mkfifoAt(dirFd, "fifo", 0o622);
    } finally {
      umask(before);
    }
    expect(permissions(join(directory, "lock"))).toBe(0o644);
    expect(permissions(join(directory, "fifo"))).toBe(0o622);
    chmodSync(join(directory, "lock"), 0o600);
    closeFd(openCreating(dirFd, "lock", constants.O_RDWR, 0o644));
    expect(permissions(join(directory, "lock"))).toBe(0o600);
    symlinkSync("gone", join(directory, "dangling"));
    expect(statAt(dirFd, "fifo")?.isFifo).toBe(true);
  });

  test("makes, renames and removes", () => {
    mkdirAt(dirFd, "sub", 0o700);
    expect(codeOf(() => mkdirAt(dirFd, "sub", 0o700))).toBe("EEXIST");
    touchAt(dirFd, "sub/file");
    renameAt(dirFd, "sub/file", "file");
    expect(readdirSync(directory).sort()).toEqual(["file", "sub"]);
    rmdirAt(dirFd, "sub");
    expect(unlinkAt(dirFd, "file")).toBe(true);
    expect(unlinkAt(dirFd, "file")).toBe(false);
    symlinkAt("/somewhere", dirFd, "link");
    expect(readlinkSync(join(directory, "link"))).toBe("/somewhere");
  });

  test("refuses a NUL in a path instead of using what stands before it", () => {
    expect(codeOf(() => touchAt(dirFd, "a\0b"))).toBe("EINVAL");
    expect(existsSync(join(directory, "a"))).toBe(false);
  });

  test.runIf(process.getuid?.() === 0)("changes owners, -1 leaves them", () => {
    touchAt(dirFd, "file", 0o666);
    chownAt(dirFd, "file", -1, 12);
    chownAt(dirFd, "file", 34, -1);
    expect(statSync(join(directory, "file"))).toMatchObject({ uid: 34, gid: 12 });
  });

  test("cuts and flushes", () => {
    const fd = openAt(dirFd, "file", constants.O_RDWR | constants.O_CREAT);
    expect(writeFd(fd, bytes("12345"))).toBe(5);
    truncateFd(fd, 2);
    fsyncFd(fd);
    closeFd(fd);
    expect(readFileSync(join(directory, "file"), "utf8")).toBe("12");
  });
});

describe("descriptors", () => {
  test("are close-on-exec from the start, and can be told otherwise", () => {
    const flags = (fd: number): string => readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").match(/flags:\t(\d+)/)?.[1] ?? "";
    const CLOEXEC = 0o2000000;
    const isCloexec = (fd: number): boolean => (Number.parseInt(flags(fd), 8) & CLOEXEC) !== 0;
    const [readEnd, writeEnd] = pipe();
    expect([readEnd, writeEnd, dirFd, devNull()].every(isCloexec)).toBe(true);
    setCloexec(readEnd, false);
    expect(isCloexec(readEnd)).toBe(false);
    const copy = dupFd(readEnd, 50);
    expect(copy).toBeGreaterThanOrEqual(50);
    expect(isCloexec(copy)).toBe(true);
    dupOnto(devNull(), copy);
    expect(readFd(copy, new Uint8Array(1))).toBe(0);
    for (const fd of [readEnd, writeEnd, copy]) closeFd(fd);
    expect(isOpen(copy)).toBe(false);
    expect(codeOf(() => closeFd(copy))).toBe("EBADF");
  });

  test("that do not block say again instead", () => {
    const [readEnd, writeEnd] = pipe(true);
    expect(readFd(readEnd, new Uint8Array(1))).toBe("again");
    while (writeFd(writeEnd, new Uint8Array(65536)) !== "again");
    setNonblock(writeEnd, false);
    setNonblock(writeEnd, true);
    expect(writeFd(writeEnd, new Uint8Array(65536))).toBe("again");
    closeFd(readEnd);
    expect(codeOf(() => writeFd(writeEnd, new Uint8Array(1)))).toBe("EPIPE");
    closeFd(writeEnd);
  });
});

describe("errors", () => {
  test("carry call, path, code, number and the words of the C library", () => {
    const error = (() => {
      try {
        return openAt(dirFd, "absent", constants.O_RDONLY);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(SystemError);
    expect(error).toMatchObject({
      syscall: "open", path: "absent", code: "ENOENT", errno: 2, reason: "No such file or directory",
      message: "unable to open absent: No such file or directory",
    });
  });

  test("are worded as C programs word them", () => {
    const words = (command: string): string => {
      try {
        execFileSync("/bin/sh", ["-c", `LC_ALL=C ${command}`], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr).trim().split(": ").at(-1) ?? "";
      }
      return "";
    };
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "full", "x"), { recursive: true });
    expect(words("cat absent")).toBe(strerror("ENOENT"));
    expect(words("cat file/x")).toBe(strerror("ENOTDIR"));
    expect(words("cat .")).toBe(strerror("EISDIR"));
    expect(words("rmdir full")).toBe(strerror("ENOTEMPTY"));
    expect(words("mkdir full")).toBe(strerror("EEXIST"));
    expect(words("ln -s loop loop; cat loop")).toBe(strerror("ELOOP"));
    expect(strerror("E999")).toBe("Unknown error 999");
  });
});

test("the clock gives both times of one moment", () => {
  const { at, ms } = now();
  expect(Math.abs(tainToUnix(at) - Date.now() / 1000)).toBeLessThan(3600); // the label counts leap seconds
  expect(now().ms).toBeGreaterThanOrEqual(ms);
});
