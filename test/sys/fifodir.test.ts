import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { AT_FDCWD } from "../../src/sys/addon.ts";
import { FIFO_NAME_LENGTH } from "../../src/formats/fifodir.ts";
import { cleanFifodir, makeFifodir, notify, subscribe } from "../../src/sys/fifodir.ts";
import { mkfifoAt } from "../../src/sys/files.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { umask } from "../../src/sys/process.ts";
import { collect, makeTempDirectory } from "./fixture-process.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const permissions = (path: string): number => statSync(path).mode & 0o7777;
const staleName = (letter: string): string => `ftrig1:@${"4".repeat(24)}:${letter.repeat(6)}`;

let fifodir: string;
beforeEach(() => {
  fifodir = join(makeTempDirectory(), "event");
});

describe("making a fifodir", () => {
  test("gives exact rights, whatever the umask", () => {
    const before = umask(0o077);
    makeFifodir(fifodir, undefined, false);
    makeFifodir(`${fifodir}2`, process.getgid?.(), false);
    umask(before);
    expect(permissions(fifodir)).toBe(0o1733);
    expect(permissions(`${fifodir}2`)).toBe(0o3730);
  });

  test("leaves an existing one alone unless forced", () => {
    mkdirSync(fifodir, 0o700);
    makeFifodir(fifodir, undefined, false);
    expect(permissions(fifodir)).toBe(0o700);
    makeFifodir(fifodir, undefined, true);
    expect(permissions(fifodir)).toBe(0o1733);
  });

  test("is refused where there is something else", () => {
    writeFileSync(fifodir, "");
    expect(() => makeFifodir(fifodir, undefined, false)).toThrow(/Not a directory/);
    symlinkSync("nowhere", `${fifodir}2`);
    expect(() => makeFifodir(`${fifodir}2`, undefined, false)).toThrow(/No such file/);
  });

  test.runIf(process.getuid?.() === 0)("is refused where it is somebody else's", async () => {
    mkdirSync(fifodir);
    const { chownSync } = await import("node:fs");
    chownSync(fifodir, 12, 12);
    expect(() => makeFifodir(fifodir, undefined, true)).toThrow(/Permission denied/);
  });
});

describe("a subscriber", () => {
  beforeEach(() => makeFifodir(fifodir, undefined, false));

  test("hears the C notifier, under a name of the right form and rights", () => {
    const before = umask(0o077);
    const ear = subscribe(fifodir);
    umask(before);
    const [name = ""] = readdirSync(fifodir);
    expect(name).toMatch(/^ftrig1:@[0-9a-f]{24}:[A-Za-z0-9_-]{6}$/);
    expect(name).toHaveLength(FIFO_NAME_LENGTH);
    expect(permissions(join(fifodir, name))).toBe(0o622);
    expect(ear.read(10)).toHaveLength(0);
    expect(spawnSync("/usr/bin/s6-ftrig-notify", [fifodir, "abc"]).status).toBe(0);
    expect(pollReadable([ear.fd], undefined)).toEqual([ear.fd]);
    expect(text(ear.read(2))).toBe("ab");
    expect(text(ear.read(10))).toBe("c");
    expect(ear.read(10)).toHaveLength(0); // and no end of file
    ear.close();
    expect(readdirSync(fifodir)).toEqual([]);
  });

  test("hears us, every one the same", () => {
    const ears = [subscribe(fifodir), subscribe(fifodir)];
    expect(notify(AT_FDCWD, fifodir, "dD")).toBe(2);
    expect(ears.map((ear) => text(ear.read(10)))).toEqual(["dD", "dD"]);
    for (const ear of ears) ear.close();
    expect(notify(AT_FDCWD, fifodir, "x")).toBe(0);
  });

  test("cannot be where there is no directory, and leaves nothing behind", () => {
    expect(() => subscribe(`${fifodir}/absent`)).toThrow(/No such file/);
    expect(() => notify(AT_FDCWD, `${fifodir}/absent`, "x")).toThrow(/No such file/);
    expect(readdirSync(fifodir)).toEqual([]);
  });
});

describe("the notifier", () => {
  beforeEach(() => makeFifodir(fifodir, undefined, false));

  test("is heard by a C subscriber", async () => {
    const visible = new Promise<void>((resolve) => {
      const watcher = watch(fifodir, (_, name) => {
        if (name?.startsWith("ftrig1:@") !== true) return;
        watcher.close();
        resolve();
      });
    });
    const listener = collect(spawn("/usr/bin/s6-ftrig-wait", ["-t", "10000", fifodir, "u"]));
    await visible;
    expect(notify(AT_FDCWD, fifodir, "su")).toBe(1);
    expect(await listener).toMatchObject({ exitCode: 0, stdout: "u\n" });
  });

  test("removes FIFOs without a reader, keeps full ones and what has another name", () => {
    const ear = subscribe(fifodir);
    const [name = ""] = readdirSync(fifodir);
    const full = "x".repeat(4096);
    while (notify(AT_FDCWD, fifodir, full) === 1);
    for (const stale of [staleName("a"), `.${staleName("b")}`, "other", "ftrig1:@short"]) {
      mkfifoAt(AT_FDCWD, join(fifodir, stale), 0o622);
    }
    expect(notify(AT_FDCWD, fifodir, "u")).toBe(0);
    expect(readdirSync(fifodir).sort()).toEqual([`.${staleName("b")}`, "ftrig1:@short", name, "other"].sort());
    ear.close();
  });

  test("writes to a regular file with such a name, too", () => {
    writeFileSync(join(fifodir, staleName("f")), "");
    expect(notify(AT_FDCWD, fifodir, "abc")).toBe(1);
    expect(readFileSync(join(fifodir, staleName("f")), "utf8")).toBe("abc");
  });

  test("cleans without saying anything", () => {
    const ear = subscribe(fifodir);
    for (const stale of [staleName("a"), `ftrig1${"x".repeat(33)}`, `ftrig2${"x".repeat(33)}`]) {
      mkfifoAt(AT_FDCWD, join(fifodir, stale), 0o622);
    }
    chmodSync(fifodir, 0o700);
    expect(cleanFifodir(AT_FDCWD, fifodir)).toBe(2);
    expect(readdirSync(fifodir)).toHaveLength(2);
    expect(ear.read(10)).toHaveLength(0);
    expect(() => cleanFifodir(AT_FDCWD, `${fifodir}/absent`)).toThrow(/No such file/);
    ear.close();
  });
});
