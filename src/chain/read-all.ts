import type { Sys } from "../sys/sys.ts";

/** To the end of the file; where nothing has come yet, it waits. @throws SystemError */
export function readAll(sys: Pick<Sys, "pollReadable" | "readFd">, fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(8192);
    const count = sys.readFd(fd, part);
    if (count === "again") sys.pollReadable([fd], undefined);
    else if (count === 0) return Buffer.concat(parts);
    else parts.push(part.subarray(0, count));
  }
}
