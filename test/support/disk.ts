import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

const PAGE = Buffer.alloc(4096);
const FILLER = "filler";
export const NO_ROOM = "No space left on device";

/** A disk of a few pages, gone when the test is over. */
export function mountDisk(directory: string, pages: number): void {
  mkdirSync(directory, { recursive: true });
  const size = `size=${pages * PAGE.length}`;
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", size, "s6-actors-test", directory]).status).toBe(0);
  onTestFinished(() => void spawnSync("umount", ["--lazy", directory]));
}

/** Takes the last page. */
export function fill(disk: string): void {
  const fd = openSync(join(disk, FILLER), "a");
  try {
    for (;;) writeSync(fd, PAGE);
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  } finally {
    closeSync(fd);
  }
}

export const makeRoom = (disk: string): void => rmSync(join(disk, FILLER));
