import { basename, resolve } from "node:path";
import { parseTain, type Tain } from "../formats/tain.ts";
import { decodeStatus } from "../formats/status.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Sys } from "../sys/sys.ts";

const STAMP = /^(@[0-9a-f]{24}) /;

/**
 * The last lines that a service said before a moment, as its s6-log logger keeps them; lines without stamps are taken as
 * they stand at the end. Empty without such a logger, or when its directory can't be read.
 */
export function lastLogLines(sys: Sys, servicedir: string, until: Tain, count: number): string[] {
  for (const directory of logdirsOf(sys, resolve(servicedir, "log"))) {
    const lines = newestFiles(sys, directory).flatMap((file) => linesOf(sys, `${directory}/${file}`));
    const before = lines.filter((line) => (stampOf(line) ?? "") <= until);
    if (before.length > 0) return before.slice(-count);
  }
  return [];
}

function stampOf(line: string): Tain | undefined {
  const [, stamp] = STAMP.exec(line) ?? [];
  return stamp === undefined ? undefined : parseTain(stamp);
}

/** The words of a logger's command line, or of its run script, that are logdirs (s6 documentation, s6-log). */
export function logdirsOf(sys: Sys, logger: string): string[] {
  const pid = loggerPid(sys, logger);
  const running = pid === undefined ? undefined : text(sys, `/proc/${pid}/cmdline`)?.split("\0");
  const words = running ?? text(sys, `${logger}/run`)?.split(/[\s"']+/) ?? [];
  const first = words.findIndex((word) => basename(word) === "s6-log");
  const base = running === undefined ? logger : `/proc/${pid}/cwd`;
  return first < 0 ? [] : words.slice(first + 1).filter((word) => /^[./]/.test(word)).map((word) => (word.startsWith("/") ? word : `${base}/${word}`));
}

function loggerPid(sys: Sys, logger: string): number | undefined {
  const bytes = optional(() => sys.readFileIfPresent(`${logger}/supervise/status`));
  const pid = bytes === undefined ? 0 : (decodeStatus(bytes)?.pid ?? 0);
  return pid > 0 && text(sys, `/proc/${pid}/cmdline`) !== undefined ? pid : undefined;
}

/** The newest archive, then what is written now. */
function newestFiles(sys: Sys, directory: string): string[] {
  const archives = (optional(() => sys.readdir(directory)) ?? []).filter((name) => /^@[0-9a-f]{24}\.[su]$/.test(name)).sort();
  return [...archives.slice(-1), "current"];
}

const linesOf = (sys: Sys, path: string): string[] =>
  (text(sys, path) ?? "").split("\n").filter((line) => line !== "");

const text = (sys: Sys, path: string): string | undefined => {
  const bytes = optional(() => sys.readFileIfPresent(path));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
};

/** Log lines are an extra: what can't be read is not there. */
function optional<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
