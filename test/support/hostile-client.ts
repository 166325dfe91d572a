import { closeSync, openSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { closeFd } from "../../src/sys/files.ts";
import { receiveBytes, sendBytes } from "../../src/sys/messages.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { connectUnixStream } from "../../src/sys/stream-socket.ts";

const LIMIT_MS = 20_000;

/** A client that says whatever it is told to. */
export class HostileClient {
  readonly #fd: number;

  constructor(socket: string) {
    this.#fd = connectUnixStream(socket);
  }

  /** False: the server does not listen any more. */
  send(bytes: Uint8Array, descriptors = 0): boolean {
    const fd = openSync("/dev/null", "r+");
    try {
      return sendBytes(this.#fd, bytes, Array.from({ length: descriptors }, () => fd)) === bytes.length;
    } finally {
      closeSync(fd);
    }
  }

  /** Waits as long as the server reads. */
  async sendAll(bytes: Uint8Array, descriptors: number): Promise<void> {
    const fd = openSync("/dev/null", "r+");
    for (let at = 0; at < bytes.length;) {
      const count = sendBytes(this.#fd, bytes.subarray(at), at === 0 ? Array.from({ length: descriptors }, () => fd) : []);
      if (count === "broken") break;
      if (count === "again") await setImmediate();
      else at += count;
    }
    closeSync(fd);
  }

  /** The next so many bytes; fewer: the server has closed, or reset. */
  receive(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    let have = 0;
    while (have < count) {
      if (pollReadable([this.#fd], LIMIT_MS).length === 0) throw new Error("the server says nothing");
      const got = receiveBytes(this.#fd, bytes.subarray(have));
      if (got === "broken") break;
      if (got === "again") continue;
      if (got.count === 0) break;
      have += got.count;
    }
    return bytes.subarray(0, have);
  }

  /** All that comes until the server closes. */
  rest(): Buffer {
    return this.receive(1000);
  }

  close(): void {
    closeFd(this.#fd);
  }
}
