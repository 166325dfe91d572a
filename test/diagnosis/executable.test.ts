import { describe, expect, test } from "vitest";
import { faultOf, hintForExec } from "../../src/diagnosis/executable.ts";
import { type ExecutableFacts, machineName, parseExecutable } from "../../src/formats/executable.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const X86_64 = 62;

/** A program of 64 bits: one program header, PT_INTERP, that names `loader`. */
function elf(machine: number, loader: string, isLittle = true): Uint8Array {
  const image = new Uint8Array(64 + 56 + loader.length + 1);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, isLittle ? 1 : 2]);
  view.setUint16(18, machine, isLittle);
  view.setBigUint64(32, 64n, isLittle);
  view.setUint16(54, 56, isLittle);
  view.setUint16(56, 1, isLittle);
  view.setUint32(64, 3, isLittle);
  view.setBigUint64(64 + 8, 120n, isLittle);
  view.setBigUint64(64 + 32, BigInt(loader.length + 1), isLittle);
  image.set(bytes(loader), 120);
  return image;
}

describe("the head of a file", () => {
  test.each([
    ["#!/bin/sh\nexit\n", "/bin/sh", ""],
    ["#!/bin/sh -e", "/bin/sh", "-e"],
    ["#! \t/usr/bin/env  execlineb -P \nfoo", "/usr/bin/env", "execlineb -P"],
    ["#!/bin/sh\r\n", "/bin/sh\r", ""],
    ["#!/bin/sh -e\r\n", "/bin/sh", "-e\r"],
    ["#!\n/bin/sh", "", ""],
    [`#!/${"x".repeat(300)}\n`, "", ""],
  ])("%j is a script", (text, interpreter, argument) => {
    expect(parseExecutable(bytes(text))).toEqual({ kind: "script", interpreter, argument });
  });

  test.each([true, false])("an ELF program (little endian: %s)", (isLittle) => {
    expect(parseExecutable(elf(X86_64, "/lib/ld.so", isLittle))).toEqual({ kind: "ELF", bits: 64, machine: X86_64, loader: "/lib/ld.so" });
  });

  test("anything that is cut short or made up is survived", () => {
    const image = elf(X86_64, "/lib/ld.so");
    for (let length = 0; length < image.length; length++) expect(() => parseExecutable(image.subarray(0, length))).not.toThrow();
    const wild = image.map((byte, index) => (index < 6 ? byte : 0xff));
    expect(parseExecutable(wild)).toMatchObject({ kind: "ELF", loader: undefined });
  });

  test("others", () => {
    expect(parseExecutable(bytes(""))).toEqual({ kind: "empty" });
    expect(parseExecutable(bytes("exec foo\n"))).toEqual({ kind: "other", hidden: undefined });
    expect(parseExecutable(bytes("\xef\xbb\xbf#!/bin/sh\n"))).toEqual({ kind: "other", hidden: "\xef\xbb\xbf" });
    expect(parseExecutable(bytes("\n#!/bin/sh\n"))).toEqual({ kind: "other", hidden: "\n" });
    expect(machineName(9999)).toBe("machine 9999");
  });
});

const FINE: ExecutableFacts = {
  kind: "file", link: undefined, mode: 0o100755, uid: 0, gid: 0, mayExecute: true, noexec: undefined,
  head: parseExecutable(bytes("#!/bin/sh\n")), interpreter: undefined,
};
const PROGRAM: ExecutableFacts = { ...FINE, head: { kind: "ELF", bits: 64, machine: X86_64, loader: undefined } };
const ABSENT: ExecutableFacts = { ...FINE, kind: "absent", mayExecute: false, head: undefined };
const script = (text: string, interpreter: ExecutableFacts = PROGRAM): ExecutableFacts => ({ ...FINE, head: parseExecutable(bytes(text)), interpreter });
const LOCKED: ExecutableFacts = { ...FINE, mayExecute: false };

describe("what is wrong with run", () => {
  test.each<[string, ExecutableFacts, string, string, string]>([
    ["it is not there", ABSENT, "exec-absent", "ENOENT", "there is no run"],
    ["a link to nothing", { ...ABSENT, link: "../x" }, "exec-dangling", "ENOENT", "run is a symbolic link to ../x, which does not exist"],
    ["a directory", { ...LOCKED, kind: "directory" }, "exec-wrong-kind", "EACCES", "run is a directory"],
    ["its mode", { ...LOCKED, mode: 0o100644 }, "exec-mode", "EACCES", "its mode is 0644: chmod +x run"],
    ["a noexec mount", { ...LOCKED, noexec: "/srv" }, "exec-noexec", "EACCES", "run lies on /srv, which is mounted noexec"],
    ["somebody else's", { ...LOCKED, mode: 0o100700, uid: 5, gid: 6 }, "exec-not-permitted", "EACCES", "it belongs to user 5 and group 6, and its mode is 0700"],
    ["empty", { ...FINE, head: { kind: "empty" } }, "exec-empty", "ENOEXEC", "run is empty"],
    ["no #!", script("foo\n"), "exec-no-shebang", "ENOEXEC", "begins with no #! line"],
    ["a byte order mark", script("\xef\xbb\xbf#!/bin/sh\n"), "exec-no-shebang", "ENOEXEC", "a byte order mark before its #!"],
    ["blanks before", script("\n#!/bin/sh\n"), "exec-no-shebang", "ENOEXEC", "blanks before its #!"],
    ["nothing behind #!", script("#!\n"), "exec-no-shebang", "ENOEXEC", "names no interpreter"],
    ["CR LF", script("#!/bin/sh\r\n", ABSENT), "exec-crlf", "ENOENT", "the interpreter is not /bin/sh then"],
    ["CR LF behind an argument", script("#!/bin/sh -e\r\n"), "exec-crlf", "ENOENT", "the CR belongs to the argument"],
    ["no interpreter", script("#!/bin/nosh\n", ABSENT), "exec-interpreter", "ENOENT", "run is a script for /bin/nosh, which does not exist"],
    ["an interpreter that is none", script("#!/bin/x\n", { ...LOCKED, mode: 0o100644 }), "exec-interpreter", "EACCES", "run is a script for /bin/x; /bin/x is not executable"],
    ["a foreign program", { ...PROGRAM, head: { kind: "ELF", bits: 64, machine: 183, loader: undefined } }, "exec-machine", "ENOEXEC", "run is a program for AArch64, and this is x86-64"],
    ["no dynamic linker", { ...PROGRAM, head: { kind: "ELF", bits: 64, machine: X86_64, loader: "/lib/ld-musl.so" }, interpreter: ABSENT }, "exec-interpreter", "ENOENT", "run needs the dynamic linker /lib/ld-musl.so, which does not exist"],
  ])("%s", (_what, facts, id, code, text) => {
    expect(faultOf("run", facts, X86_64)).toMatchObject({ id, code, text: expect.stringContaining(text) });
    expect(hintForExec("run", facts, X86_64, code)).toMatchObject({ topic: "run", text: expect.stringContaining(text) });
    expect(hintForExec("run", facts, X86_64, "E2BIG")).toBeUndefined();
  });

  test("nothing, as far as one can see", () => {
    for (const facts of [FINE, script("#!/bin/sh\n"), PROGRAM]) expect(faultOf("run", facts, X86_64)).toBeUndefined();
    const old: ExecutableFacts = { ...PROGRAM, head: { kind: "ELF", bits: 32, machine: 3, loader: undefined } };
    expect(faultOf("run", old, X86_64)).toBeUndefined();
    expect(faultOf("run", { ...FINE, head: undefined }, undefined)).toBeUndefined();
  });
});
