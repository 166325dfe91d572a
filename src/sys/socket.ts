import { constants as os } from "node:os";
import type { IpAddress } from "../formats/ip.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { clearPath } from "./bound-socket.ts";
import { check } from "./errors.ts";
import { chmodAt, closeFd, uninterrupted } from "./files.ts";
import { tryLock } from "./lock.ts";
import { bindTo } from "./stream-socket.ts";

/** Datagram sockets: close-on-exec and non-blocking. */

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SENDER_BYTES = 19;
const UNIX_NAME_BYTES = 108;

const create = (family: number): number => check(addon.socketDatagram(family), "create socket");

/** The lock lasts as long as its descriptor. */
export interface UnixDatagramSocket {
  readonly fd: number;
  readonly lockFd: number;
}

/**
 * A socket at `path`, of exactly this mode. What is there is replaced, unless somebody holds `path.lock`: EBUSY. Neither
 * file is removed at the end: whoever comes next takes them over.
 */
export function bindUnixDatagram(path: string, mode: number): UnixDatagramSocket {
  const fd = create(AF_UNIX);
  let lockFd: number | undefined;
  try {
    lockFd = clearPath(path, (lock) => tryLock(lock, path));
    bindTo(fd, path);
    chmodAt(AT_FDCWD, path, mode);
    return { fd, lockFd };
  } catch (error) {
    closeFd(fd);
    if (lockFd !== undefined) closeFd(lockFd);
    throw error;
  }
}

/** A socket with an abstract name that the kernel has chosen: five hexadecimal digits, without the NUL before them. */
export function bindAnywhere(): { readonly fd: number; readonly name: string } {
  const fd = create(AF_UNIX);
  try {
    check(addon.autobindUnix(fd), "bind");
    const bytes = new Uint8Array(UNIX_NAME_BYTES);
    const length = check(addon.nameUnix(fd, bytes), "getsockname");
    return { fd, name: Buffer.from(bytes.subarray(1, length)).toString("latin1") };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Connected to a path, or to an abstract name when it begins with `@`. */
export function connectUnixDatagram(address: string): number {
  const name = Buffer.from(address);
  if (address.startsWith("@")) name[0] = 0;
  const fd = create(AF_UNIX);
  try {
    check(uninterrupted(() => addon.connectUnix(fd, name)), "connect to", address);
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Together with a descriptor, if one is given. "again": the receiver has no room. */
export function sendDatagram(fd: number, text: string, descriptor?: number): "sent" | "again" {
  const result = uninterrupted(() => addon.sendDatagram(fd, Buffer.from(text), descriptor ?? -1));
  if (result === -os.errno.EAGAIN) return "again";
  check(result, "send");
  return "sent";
}

export function bindUdp({ address, port }: IpAddress): number {
  const isV6 = address.length === 16;
  const fd = create(isV6 ? AF_INET6 : AF_INET);
  try {
    if (isV6) check(addon.setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), "setsockopt");
    check(addon.setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1), "setsockopt");
    check(addon.bindIp(fd, address, port), "bind");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

interface Datagram {
  /** Of the whole datagram: greater than the memory that it was given when it did not fit. */
  readonly length: number;
  /** undefined when it did not come by IP. */
  readonly sender: IpAddress | undefined;
}

const senderBytes = new Uint8Array(SENDER_BYTES);

/** The next datagram, as much of it as fits. */
export function receiveDatagram(fd: number, into: Uint8Array): Datagram | "again" {
  const length = uninterrupted(() => addon.receive(fd, into, senderBytes));
  if (length === -os.errno.EAGAIN) return "again";
  check(length, "recv");
  const [size = 0, high = 0, low = 0] = senderBytes;
  return { length, sender: size === 0 ? undefined : { address: senderBytes.slice(3, 3 + size), port: (high << 8) | low } };
}
