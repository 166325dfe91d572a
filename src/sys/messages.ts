import { constants as os } from "node:os";
import { MOST_DESCRIPTORS } from "../formats/unixmessage.ts";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/** Bytes and descriptors over stream sockets: nothing here waits. */

const { EAGAIN, ECONNRESET, EINTR, EMSGSIZE, EPIPE } = os.errno;
const NONE = new Int32Array(0);
const NO_FDS: readonly number[] = [];

interface Received {
  /** 0: the peer has said all. */
  readonly count: number;
  /** Close-on-exec. */
  readonly fds: readonly number[];
}

const one = new Int32Array(1);

/** Of the one that most messages carry, or of none, no new list is made. */
function listOf(fds: readonly number[]): Int32Array {
  if (fds.length === 0) return NONE;
  if (fds.length > 1) return Int32Array.from(fds);
  one[0] = fds[0] ?? -1;
  return one;
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
  if (number === 0) return { count, fds: NO_FDS };
  const fds: number[] = [];
  for (let index = 1; index <= number; index++) fds.push(descriptors[index] ?? -1);
  return { count, fds };
}

/** How many bytes went; descriptors go with the first of them. "broken": nobody will read. @throws SystemError */
export function sendBytes(fd: number, bytes: Uint8Array, fds: readonly number[] = []): number | "again" | "broken" {
  const count = addon.sendPacket(fd, bytes, listOf(fds));
  if (count === -EAGAIN || count === -EINTR) return "again";
  if (count === -EPIPE || count === -ECONNRESET) return "broken";
  return check(count, "sendmsg");
}
