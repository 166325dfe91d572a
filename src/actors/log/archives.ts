import { linkSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatTain, parseTain, type Tain, tainFromUnix, tainToUnix } from "../../formats/tain.ts";
import { now } from "../../sys/clock.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, readdirAt, statAt, unlinkAt } from "../../sys/files.ts";

const NAME = /^(@[0-9a-f]{24})\.[su]$/i;
/** 27 bytes: `@`, 24 hexadecimal digits, `.s` or `.u`. */
const isArchive = (name: string): boolean => parseTain(NAME.exec(name)?.[1] ?? "") !== undefined;

let last = "" as Tain;
/** Strictly later than the one before: two archives of one moment must not get the same name. */
function freshLabel(): string {
  const { at } = now();
  last = at > last ? at : nextAfter(last);
  return formatTain(last);
}

function nextAfter(at: Tain): Tain {
  const nanoseconds = Number.parseInt(at.slice(16), 16) + 1;
  const seconds = Math.floor(tainToUnix(at));
  return nanoseconds < 1e9 ? ((at.slice(0, 16) + nanoseconds.toString(16).padStart(8, "0")) as Tain) : tainFromUnix(seconds + 1, 0);
}

/**
 * Makes an archive of a file; "s" was finished, "u" was not. Safe to repeat after a crash: a second link tells that it was
 * done. An empty file makes none. False when there was no file. @throws SystemError
 */
export function archive(dir: string, name: string, kind: "s" | "u"): boolean {
  const path = join(dir, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.nlink === 1 && found.size > 0) linkTo(path, dir, kind);
  unlinkAt(AT_FDCWD, path);
  return true;
}

function linkTo(path: string, dir: string, kind: "s" | "u"): void {
  for (;;) {
    try {
      linkSync(path, join(dir, `${freshLabel()}.${kind}`));
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "EIO";
      if (code !== "EEXIST") throw new SystemError("link", path, code);
    }
  }
}

/** Deletes the oldest archives while there are too many, or they are too large. What can't be deleted is skipped. */
export function trim(dir: string, { archives, totalBytes }: { readonly archives: number; readonly totalBytes: number }, warn: (text: string) => void): void {
  const names = readdirAt(AT_FDCWD, dir).filter(isArchive).sort();
  let count = names.length;
  const sizes = totalBytes === 0 ? [] : names.map((name) => statAt(AT_FDCWD, join(dir, name))?.size ?? 0);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  for (const [index, name] of names.entries()) {
    if (count <= archives && (totalBytes === 0 || total <= totalBytes)) return;
    try {
      unlinkAt(AT_FDCWD, join(dir, name));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      warn(`unable to unlink ${join(dir, name)}: ${error.reason}`);
      continue;
    }
    count--;
    total -= sizes[index] ?? 0;
  }
}
