import { constants as os } from "node:os";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/** Unix sockets whose packets may carry descriptors, and whose names are abstract: they vanish with the socket. */

const { EAGAIN, ECONNRESET, EINTR, EPIPE } = os.errno;
const MOST_BYTES = 4096;
const MOST_DESCRIPTORS = 253;

/** Makes a name exist, which is all that others ask of it; a descriptor. @throws SystemError EADDRINUSE */
export const offerName = (name: string): number => check(addon.bindDatagram(name), "bind", `@${name}`);

/** undefined: nobody is there any more. */
export function acceptPeer(listener: number): number | undefined {
  const fd = addon.accept(listener);
  return fd === -EAGAIN || fd === -EINTR ? undefined : check(fd, "accept");
}

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Who connected, and as whom. */
export function peerOf(fd: number): Peer {
  const out = new Float64Array(3);
  check(addon.peer(fd, out), "getsockopt");
  const [pid = 0, uid = -1, gid = -1] = out;
  return { pid, uid, gid };
}

export interface Packet {
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
}

const bytes = Buffer.alloc(MOST_BYTES);
const fds = new Int32Array(1 + MOST_DESCRIPTORS);

/** The bytes are good until the next call. "gone": the other side has closed, or sent what can't be a packet of ours. */
export function receivePacket(fd: number): Packet | "again" | "gone" {
  const count = addon.receivePacket(fd, bytes, fds);
  if (count === -EAGAIN || count === -EINTR) return "again";
  if (count <= 0) return "gone";
  return { bytes: bytes.subarray(0, count), fds: Array.from(fds.subarray(1, 1 + (fds[0] ?? 0))) };
}

/** False: the other side is gone. @throws SystemError EAGAIN when it reads nothing, EMFILE ... */
export function sendPacket(fd: number, packet: Uint8Array, carried: readonly number[] = []): boolean {
  const count = addon.sendPacket(fd, packet, Int32Array.from(carried));
  if (count === -EPIPE || count === -ECONNRESET) return false;
  check(count, "sendmsg");
  return true;
}

/** From pipe to pipe, in one step that no kill can cut: 0 at the end. */
export function splice(from: number, to: number, most: number): number | "again" {
  const count = addon.splice(from, to, most);
  return count === -EAGAIN || count === -EINTR ? "again" : check(count, "splice");
}
