import type { Sys } from "../sys/sys.ts";
import { strerror, SystemError } from "../sys/system-error.ts";

/** What the C library says when nothing went wrong: to s6 an end is no error. */
const ENDED = "Success";

/** The moment until which a peer is waited for. */
export class Limit {
  readonly #sys: Pick<Sys, "monotonicMs">;
  readonly #atMs: number | undefined;

  /** From now on; undefined: for ever. */
  constructor(sys: Pick<Sys, "monotonicMs">, ms: number | undefined) {
    this.#sys = sys;
    this.#atMs = ms === undefined ? undefined : sys.monotonicMs() + ms;
  }

  /** For a poll. */
  get restMs(): number | undefined {
    return this.#atMs === undefined ? undefined : Math.ceil(Math.max(this.#atMs - this.#sys.monotonicMs(), 0));
  }
}

/** So many bytes, or those that came and why there are no more. */
export interface Received {
  readonly bytes: Uint8Array;
  readonly reason: string;
}

/** Never reads more than it was asked for. */
export function receiveWithin(sys: Pick<Sys, "pollReadable" | "readFd">, fd: number, count: number, limit: Limit): Received {
  const bytes = new Uint8Array(count);
  let have = 0;
  const received = (reason: string): Received => ({ bytes: bytes.subarray(0, have), reason });
  try {
    while (have < count) {
      if (sys.pollReadable([fd], limit.restMs).length === 0) return received(strerror("ETIMEDOUT"));
      const got = sys.readFd(fd, bytes.subarray(have));
      if (got === 0) return received(ENDED);
      if (got !== "again") have += got;
    }
    return received(ENDED);
  } catch (error) {
    if (error instanceof SystemError) return received(error.reason);
    throw error;
  }
}

/** All of it; the descriptors go with the first byte. @throws SystemError ETIMEDOUT, EPIPE ... */
export function sendWithin(sys: Pick<Sys, "pollWritable" | "sendBytes">, fd: number, bytes: Uint8Array, fds: readonly number[], limit: Limit): void {
  for (let sent = 0; sent < bytes.length;) {
    if (!sys.pollWritable(fd, limit.restMs)) throw new SystemError("send", undefined, "ETIMEDOUT");
    const count = sys.sendBytes(fd, bytes.subarray(sent), sent === 0 ? fds : []);
    if (count === "broken") throw new SystemError("send", undefined, "EPIPE");
    if (count !== "again") sent += count;
  }
}
