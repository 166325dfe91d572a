import { dirname } from "node:path";
import type { Sys } from "../sys/sys.ts";
import { otherwise, SystemError } from "../sys/system-error.ts";
import { ENDING } from "./listener.ts";

const MODE = 0o755;

/** Exactly 0755, whatever the umask. */
export function makeDirectory(sys: Sys, path: string): void {
  sys.mkdir(path, MODE);
  sys.chmod(path, MODE);
}

/** True when it was not there. */
export function makeDirectoryIfMissing(sys: Sys, path: string): boolean {
  try {
    makeDirectory(sys, path);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "EEXIST") return false;
    throw error;
  }
}

/** And what leads to it. */
export function makeDirectories(sys: Sys, path: string): void {
  if (sys.statIfPresent(path)?.isDirectory === true) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(sys, parent);
  makeDirectoryIfMissing(sys, path);
}

/** A new directory with all that `fill` puts there, or none: an error or a signal has it removed again. */
export function makeWhole(sys: Sys, path: string, fill: () => void): void {
  const signals = sys.trapSignals(ENDING);
  let signal: number | undefined;
  try {
    makeDirectory(sys, path);
    try {
      fill();
      signal = signals.read();
    } catch (error) {
      removeIfPossible(sys, path);
      throw error;
    }
    if (signal !== undefined) removeIfPossible(sys, path);
  } finally {
    signals.close();
  }
  if (signal !== undefined) sys.dieOfSignal(signal);
}

/** What went wrong first is what is told. */
const removeIfPossible = (sys: Sys, path: string): void => otherwise(undefined, () => sys.removeTree(path));
