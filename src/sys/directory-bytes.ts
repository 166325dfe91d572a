import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { type Bytes, textOf } from "../formats/bytes.ts";
import { SystemError } from "./errors.ts";
import { nodePath } from "./node-path.ts";

/** Files whose names and content are bytes: texts in which each character stands for one. */
export interface FileBytes {
  readonly name: string;
  readonly content: string;
}

/**
 * The files of a directory that `wanted` picks by name, at most `maxBytes` of each.
 * @throws SystemError when the directory or one of them can't be read.
 */
export const readFilesOf = (path: Bytes, wanted: (name: string) => boolean, maxBytes: number): FileBytes[] => read(path, wanted, maxBytes, false);

/** The same without ever waiting for anybody: whatever is no plain file is an error, EISDIR or EINVAL. */
export const readPlainFilesOf = (path: Bytes, wanted: (name: string) => boolean, maxBytes: number): FileBytes[] => read(path, wanted, maxBytes, true);

/** At most `maxBytes` of a file, without ever waiting: what is none is an error. @throws SystemError */
export const readPlainFile = (path: Bytes, maxBytes: number): string => inOurForm(path, () => contentAt(Buffer.from(path), maxBytes, true));

function read(path: Bytes, wanted: (name: string) => boolean, maxBytes: number, mustBePlain: boolean): FileBytes[] {
  return inOurForm(path, () =>
    readdirSync(nodePath(path), { encoding: "buffer" })
      .filter((name) => wanted(name.toString("latin1")))
      .map((name) => ({ name: name.toString("latin1"), content: contentOf(path, name, maxBytes, mustBePlain) })));
}

/** Failures of Node's own calls. */
function inOurForm<T>(path: Bytes, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && "code" in error) throw new SystemError("read", textOf(path), String(error.code), { cause: error });
    throw error;
  }
}

/** A file that is gone, or a link to nowhere, is EIDRM: ENOENT is for the directory. */
function contentOf(directory: Bytes, name: Buffer, maxBytes: number, mustBePlain: boolean): string {
  try {
    return contentAt(Buffer.concat([Buffer.from(directory), Buffer.from("/"), name]), maxBytes, mustBePlain);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new SystemError("read", textOf(directory), "EIDRM", { cause: error });
    throw error;
  }
}

function contentAt(path: Buffer, maxBytes: number, mustBePlain: boolean): string {
  // A FIFO would keep us waiting for somebody who writes.
  const fd = openSync(path, constants.O_RDONLY | (mustBePlain ? constants.O_NONBLOCK : 0));
  try {
    if (mustBePlain) mustBeFile(fd, path);
    if (!Number.isFinite(maxBytes)) return readFileSync(fd, "latin1");
    const bytes = Buffer.alloc(maxBytes);
    let size = 0;
    for (let count = -1; count !== 0 && size < maxBytes; size += count) count = readSync(fd, bytes, size, maxBytes - size, null);
    return bytes.toString("latin1", 0, size);
  } finally {
    closeSync(fd);
  }
}

function mustBeFile(fd: number, path: Buffer): void {
  const found = fstatSync(fd);
  if (!found.isFile()) throw new SystemError("read", path.toString(), found.isDirectory() ? "EISDIR" : "EINVAL");
}
