import { constants } from "node:fs";
import { unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { becomes, type ChainProcess, type Next } from "./process.ts";

/** heredoc [ -d ] FD TEXT PROG...: without the child that C has for the text, so that -d says nothing. */
export function runHeredoc(args: readonly string[], process: ChainProcess): Next {
  const { operands: [number = "", text, ...rest] } = parseOptions(args, "d");
  const fd = parseUint(number);
  if (fd === undefined || text === undefined || rest.length === 0) throw new UsageError();
  unableTo(`read on fd ${fd}`, () => process.descriptors.place(readable(process.sys, Buffer.from(text, "latin1")), fd));
  return becomes(rest);
}

/** A descriptor that these bytes can be read from. */
function readable(sys: Sys, bytes: Uint8Array): number {
  const [readEnd, writeEnd] = sys.pipe();
  try {
    sys.setNonblock(writeEnd, true);
    if (bytes.length === 0 || sys.writeFd(writeEnd, bytes) === bytes.length) return readEnd;
  } finally {
    sys.closeFd(writeEnd);
  }
  sys.closeFd(readEnd);
  return readableFile(sys, bytes);
}

/** What is too long for a pipe that nobody reads yet lies in memory. */
function readableFile(sys: Sys, bytes: Uint8Array): number {
  const file = sys.memoryFile("heredoc", 0);
  try {
    for (let rest = bytes; rest.length > 0;) {
      const count = sys.writeFd(file, rest);
      if (typeof count === "number") rest = rest.subarray(count);
    }
    return sys.open(`/proc/self/fd/${file}`, constants.O_RDONLY);
  } finally {
    sys.closeFd(file);
  }
}
