import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { AT_FDCWD } from "../../src/sys/addon.ts";
import { openControlFifo, sendControl } from "../../src/sys/fifo.ts";
import { closeFd, readFd } from "../../src/sys/files.ts";
import { umask } from "../../src/sys/process.ts";
import { makeTempDirectory } from "./fixture-process.ts";

let servicedir: string;
beforeEach(() => {
  servicedir = makeTempDirectory();
});

const send = (letters: string) => sendControl(servicedir, "supervise", letters);
const control = (): string => join(servicedir, "supervise", "control");

describe("the owner of a control FIFO", () => {
  test("makes it with its exact mode, and keeps the mode of an existing one", () => {
    mkdirSync(join(servicedir, "supervise"));
    const before = umask(0o777);
    const fd = openControlFifo(AT_FDCWD, control(), 0o620);
    umask(before);
    expect(statSync(control()).mode & 0o7777).toBe(0o620);
    closeFd(fd as number);
    closeFd(openControlFifo(AT_FDCWD, control(), 0o600) as number);
    expect(statSync(control()).mode & 0o7777).toBe(0o620);
  });

  test("is told when there is something else", () => {
    writeFileSync(join(servicedir, "file"), "");
    expect(openControlFifo(AT_FDCWD, join(servicedir, "file"), 0o600)).toBe("not a fifo");
    expect(() => openControlFifo(AT_FDCWD, join(servicedir, "absent", "control"), 0o600)).toThrow(/No such file/);
  });

  test("reads what clients send, and never an end of file", () => {
    mkdirSync(join(servicedir, "supervise"));
    const fd = openControlFifo(AT_FDCWD, control(), 0o600) as number;
    const buffer = new Uint8Array(16);
    expect(send("du")).toEqual({ type: "sent" });
    expect(readFd(fd, buffer)).toBe(2);
    expect(String.fromCharCode(...buffer.subarray(0, 2))).toBe("du");
    expect(send("")).toEqual({ type: "sent" });
    expect(readFd(fd, buffer)).toBe("again");
    closeFd(fd);
    expect(send("u")).toEqual({ type: "not listening" });
  });
});

describe("the client of a control FIFO learns", () => {
  test("that there was never a supervisor", () => expect(send("u")).toEqual({ type: "not listening" }));

  test("that supervise/ is no directory", () => {
    writeFileSync(join(servicedir, "supervise"), "");
    expect(send("u")).toMatchObject({ type: "broken", reason: "Not a directory" });
  });

  test("that supervise/ has no control, or a directory in its place", () => {
    mkdirSync(join(servicedir, "supervise"));
    expect(send("u")).toMatchObject({ type: "broken", reason: "No such file or directory" });
    mkdirSync(control());
    expect(send("u")).toMatchObject({ type: "broken", reason: "Is a directory" });
  });

  test("that the service directory cannot be opened", () => {
    expect(sendControl(join(servicedir, "absent"), "supervise", "u")).toMatchObject({
      type: "failed", reason: "No such file or directory",
    });
    writeFileSync(join(servicedir, "file"), "");
    expect(sendControl(join(servicedir, "file"), "supervise", "u")).toMatchObject({
      type: "failed", reason: "Not a directory",
    });
  });
});
