import { expect, test } from "vitest";
import { exitCode } from "../../src/formats/wait-status.ts";
import { bearAll } from "../../src/sys/births.ts";
import type { CompiledChain } from "../../src/sys/compiled-chain.ts";
import { SystemError } from "../../src/sys/errors.ts";
import { AT_FDCWD, closeFd, pipe, readFd } from "../../src/sys/files.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { waitPidfd } from "../../src/sys/process.ts";

/** Several children at once. */

const chain = (file: string, ...words: readonly string[]): CompiledChain => ({ steps: [], images: [], end: { files: [file], argv: [file, ...words], environment: [] }, failure: undefined });
const shell = (script: string): CompiledChain => chain("/bin/sh", "-c", script);

function statusOf(child: ReturnType<typeof bearAll>[number] | undefined): number {
  if (child === undefined || child instanceof SystemError) throw child ?? new Error("there is none");
  pollReadable([child.pidfd], undefined);
  const status = waitPidfd(child.pidfd);
  closeFd(child.pidfd);
  return exitCode(typeof status === "string" ? -1 : status);
}

test.each([1, 2, 3, 20, 100])("%i: each has its own descriptors and its own end", (count) => {
  const pipes = Array.from({ length: count }, () => pipe());
  const born = bearAll(AT_FDCWD, pipes.map(([, writeEnd], index) => ({ chain: shell(`echo ${index}; exit ${index}`), descriptors: new Map([[1, writeEnd]]) })));
  for (const [, writeEnd] of pipes) closeFd(writeEnd);
  for (const [index, child] of born.entries()) {
    const [readEnd = -1] = pipes[index] ?? [];
    const bytes = new Uint8Array(16);
    const length = readFd(readEnd, bytes);
    expect(Buffer.from(bytes.subarray(0, Number(length))).toString()).toBe(`${index}\n`);
    expect(readFd(readEnd, bytes)).toBe(0); // nobody else has it
    closeFd(readEnd);
    expect(statusOf(child)).toBe(index);
  }
});

test("one that can't be executed is told of, and does the others no harm", () => {
  const descriptors = new Map<number, number>();
  const [first, missing, forbidden, last] = bearAll(AT_FDCWD, [shell("exit 1"), chain("/nonexistent"), chain("/etc"), shell("exit 2")].map((each) => ({ chain: each, descriptors })));
  expect(missing).toMatchObject({ syscall: "exec", path: "/nonexistent", code: "ENOENT" });
  expect(forbidden).toMatchObject({ syscall: "exec", path: "/etc", code: "EACCES" });
  expect([statusOf(first), statusOf(last)]).toEqual([1, 2]);
});

test("one that is no chain at all: none is started", () => {
  expect(() => bearAll(AT_FDCWD, [{ chain: shell("exit 0\0"), descriptors: new Map() }])).toThrow(SystemError);
});

test("none", () => expect(bearAll(AT_FDCWD, [])).toEqual([]));
