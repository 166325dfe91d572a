import { constants } from "node:fs";
import type { Bytes } from "../formats/bytes.ts";
import { unless } from "./errors.ts";
import { AT_FDCWD, closeFd, fsyncFd, openAt } from "./files.ts";
import { writeAll } from "./write-all.ts";

const { O_CREAT, O_EXCL, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SUFFIX_LETTERS = 6;

/** A new file, which only we may read, with some letters behind `prefix`. @throws SystemError */
export function makeUniqueFile(prefix: string): { readonly fd: number; readonly path: string } {
  for (;;) {
    const path = prefix + Array.from({ length: SUFFIX_LETTERS }, () => LETTERS.charAt(Math.random() * LETTERS.length)).join("");
    const fd = unless(["EEXIST"], () => openAt(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0o600));
    if (fd !== undefined) return { fd, path };
  }
}

/** A file that is on the disk when this returns; the descriptor is closed in any case. @throws SystemError */
export function finishFile(fd: number, bytes: Uint8Array): void {
  try {
    writeAll(fd, bytes);
    fsyncFd(fd);
  } finally {
    closeFd(fd);
  }
}

/** Makes a file, or gives an existing one this content. @throws SystemError */
export function writeFile(path: Bytes, bytes: Uint8Array, mode: number): void {
  const fd = openAt(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, mode);
  try {
    writeAll(fd, bytes);
  } finally {
    closeFd(fd);
  }
}
