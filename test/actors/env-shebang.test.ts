import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { splitEnvShebang } from "../../src/actors/env-shebang.ts";

let dir: string;
let dirFd: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "s6-actors-"));
  dirFd = openSync(dir, "r");
});
afterEach(() => {
  closeSync(dirFd);
  rmSync(dir, { recursive: true });
});

function commandFor(head: string | Buffer, mode = 0o755): { file: string; argv: readonly string[] } {
  writeFileSync(join(dir, "run"), head);
  chmodSync(join(dir, "run"), mode);
  return splitEnvShebang(dirFd, "./run", ["./run", "name"]);
}
const AS_IT_IS = { file: "./run", argv: ["./run", "name"] };

describe("a first line that names env with arguments", () => {
  test.each([
    ["#!/usr/bin/env execlineb -P\nncat", "execlineb -P"],
    ["#! /usr/bin/env\tbash  -e -u \n", "bash  -e -u"],
    ["#!/usr/bin/env execlineb -P", "execlineb -P"],
    ["#!/usr/bin/env execlineb -P\r\n", "execlineb -P"],
  ])("%j is split", (head, words) => {
    expect(commandFor(head)).toEqual({ file: "/usr/bin/env", argv: ["/usr/bin/env", "-S", words, "./run", "name"] });
  });
});

describe("everything else is left to the kernel", () => {
  test.each([
    ["one word behind env", "#!/usr/bin/env execlineb\n"],
    ["an option of env itself", "#!/usr/bin/env -S execlineb -P\n"],
    ["another interpreter", "#!/bin/sh -e\n"],
    ["a program that only ends in env", "#!/usr/bin/myenv a b\n"],
    ["no shebang", "echo\n#!/usr/bin/env a b\n"],
    ["an empty file", ""],
  ])("%s", (_what, head) => {
    expect(commandFor(head)).toEqual(AS_IT_IS);
  });

  test("a binary", () => expect(commandFor(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]))).toEqual(AS_IT_IS));
  test("a script that may not be executed", () =>
    expect(commandFor("#!/usr/bin/env execlineb -P\n", 0o644)).toEqual(AS_IT_IS));
  test("no file at all", () => expect(splitEnvShebang(dirFd, "./none", ["./none"])).toEqual({ file: "./none", argv: ["./none"] }));
});
