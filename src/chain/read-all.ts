import { constants } from "node:fs";
import { ExitError, unableTo } from "../cli/failures.ts";
import { bytesOf } from "../formats/bytes.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";

/** Everything up to the end, whether the descriptor blocks or not. @throws SystemError */
export function readAll(sys: Sys, fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(8192);
    const count = sys.readFd(fd, part);
    if (count === "again") sys.pollReadable([fd], undefined);
    else if (count === 0) return Buffer.concat(parts);
    else parts.push(part.subarray(0, count));
  }
}

/** The same of a file, with what it is called when that fails; undefined: there is none, which is fine. @throws ExitError 111 */
export function readFileOf(sys: Sys, file: string, names: { readonly open: string; readonly read: string }, mayBeMissing = false): Uint8Array | undefined {
  let fd: number;
  try {
    fd = unableTo(names.open, () => sys.open(bytesOf(file), constants.O_RDONLY));
  } catch (error) {
    if (mayBeMissing && error instanceof ExitError && error.cause instanceof SystemError && error.cause.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return unableTo(names.read, () => readAll(sys, fd));
  } finally {
    sys.closeFd(fd);
  }
}
