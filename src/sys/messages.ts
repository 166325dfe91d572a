import { constants as os } from "node:os";
import { MOST_DESCRIPTORS } from "../formats/unixmessage.ts";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/** Bytes and descriptors over stream sockets: nothing here waits. */

const { EAGAIN, ECONNRESET, EINTR, EMSGSIZE, EPIPE } = os.errno;
const NONE = new Int32Array(0);

interface Received {
  /** 0: the peer has said all. */
  readonly count: number;
  /** Close-on-exec. */
  readonly fds: readonly number[];
}

const descriptors = new Int32Array(1 + MOST_DESCRIPTORS);

/**
 * "broken": the connection was reset, or descriptors came that there was no room for, or control data of another kind: none of
 * it stays open. @throws SystemError
 */
export function receiveBytes(fd: number, into: Uint8Array): Received | "again" | "broken" {
  const count = addon.receivePacket(fd, into, descriptors);
  if (count === -EAGAIN || count === -EINTR) return "again";
  if (count === -ECONNRESET || count === -EMSGSIZE) return "broken";
  check(count, "recvmsg");
  const [number = 0] = descriptors;
  return { count, fds: number === 0 ? [] : Array.from(descriptors.subarray(1, 1 + number)) };
}

/** How many bytes went; descriptors go with the first of them. "broken": nobody will read. @throws SystemError */
export function sendBytes(fd: number, bytes: Uint8Array, fds: readonly number[] = []): number | "again" | "broken" {
  const count = addon.sendPacket(fd, bytes, fds.length === 0 ? NONE : Int32Array.from(fds));
  if (count === -EAGAIN || count === -EINTR) return "again";
  if (count === -EPIPE || count === -ECONNRESET) return "broken";
  return check(count, "sendmsg");
}
