import { accessSync, constants, lstatSync, statSync } from "node:fs";
import type { Bytes } from "../formats/bytes.ts";
import type { FileFacts } from "../formats/file-facts.ts";
import { addon } from "./addon.ts";
import { nodePath } from "./node-path.ts";

/** Questions about files, as test(1) asks them. Whatever is in the way of an answer, there is none. */

const MODES = { exists: constants.F_OK, read: constants.R_OK, write: constants.W_OK, execute: constants.X_OK } as const;

/** stat(2), or lstat(2). */
export function fileFacts(path: Bytes, followsLinks: boolean): FileFacts | undefined {
  return answered(() => {
    const found = (followsLinks ? statSync : lstatSync)(nodePath(path), { bigint: true });
    const { mode, uid, gid, dev, ino, size, atimeNs: atime, mtimeNs: mtime } = found;
    return { mode: Number(mode), uid: Number(uid), gid: Number(gid), dev, ino, size, atime, mtime };
  });
}

/** access(2), which asks for the real ids. */
export const mayAccess = (path: Bytes, right: keyof typeof MODES): boolean =>
  answered(() => {
    accessSync(nodePath(path), MODES[right]);
    return true;
  }) ?? false;

export const isTerminal = (fd: number): boolean => addon.isatty(fd) === 1; // node:tty takes four milliseconds to load

function answered<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
