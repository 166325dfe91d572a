import { writeFd } from "./files.ts";
import { pollWritable } from "./poller.ts";

/** All of it, however long that takes: somebody who shares a descriptor may have made it non-blocking. @throws SystemError */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) {
    const count = writeFd(fd, rest);
    if (count === "again") pollWritable(fd);
    else rest = rest.subarray(count);
  }
}
