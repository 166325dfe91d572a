import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { c, makeTempDirectory } from "./c-tree.ts";

/** A new public fifodir that goes when the test is over. */
export function makeFifodir(): string {
  const fifodir = join(makeTempDirectory(), "fifodir");
  c("s6-mkfifodir", fifodir);
  return fifodir;
}

/** The FIFOs of those who listen, or have left them behind. */
export const subscribers = (fifodir: string): string[] =>
  readdirSync(fifodir).filter((name) => name.startsWith("ftrig1"));

/** Waits until so many listen. */
export const listening = (fifodir: string, count = 1): Promise<void> =>
  expect.poll(() => subscribers(fifodir).length, { timeout: 10_000 }).toBe(count);
