import { constants as os } from "node:os";
import type { Bytes } from "../formats/bytes.ts";
import { addon } from "./addon.ts";
import { check, type SystemError } from "./errors.ts";
import { closeFd, uninterrupted } from "./files.ts";

/** Stream sockets of the Unix domain, close-on-exec. */

const NAME_BYTES = 108;

/** One that is not connected. */
export const streamSocket = (nonblocking: boolean): number => check(addon.socketStream(Number(nonblocking)), "create socket");

/** Names it. @throws SystemError EADDRINUSE when the path exists */
export const bindTo = (fd: number, path: Bytes): number => check(addon.bindUnix(fd, path), "bind", path);

export const listenOn = (fd: number, backlog: number): number => check(addon.listen(fd, backlog), "listen");

/** Nothing more is written: the other side reads an end. A peer that is gone already is no error. */
export const endWriting = (fd: number): void => end(fd, 1);
/** Nothing more is read: the other side can't write. */
export const endReading = (fd: number): void => end(fd, 0);

function end(fd: number, how: 0 | 1): void {
  const result = addon.shutdown(fd, how);
  if (result !== -os.errno.ENOTCONN) check(result, "shutdown");
}

/** A blocking connection to a path, from `bound` if one is given. @throws SystemError */
export const connectUnixStream = (path: Bytes, bound?: Bytes): number =>
  connected(path, (fd) => {
    if (bound !== undefined) bindTo(fd, bound);
  });

/** The same within so many milliseconds; undefined: no limit. @throws SystemError ETIMEDOUT when too many wait before us ... */
export const connectWithin = (path: Bytes, ms: number | undefined): number =>
  connected(path, (fd) => {
    if (ms !== undefined) check(addon.limitSending(fd, Math.max(1, Math.ceil(ms))), "setsockopt");
  });

function connected(path: Bytes, prepare: (fd: number) => void): number {
  const fd = streamSocket(false);
  try {
    prepare(fd);
    const result = uninterrupted(() => addon.connectUnix(fd, Buffer.from(path)));
    check(result === -os.errno.EAGAIN ? -os.errno.ETIMEDOUT : result, "connect to", path); // only where there is a limit
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** The path that a socket is bound to, a byte per character; empty when it has none. @throws SystemError ENOTSOCK */
export function boundPath(fd: number): string {
  const bytes = new Uint8Array(NAME_BYTES);
  const length = check(addon.nameUnix(fd, bytes), "getsockname");
  if (length === 0 || bytes[0] === 0) return "";
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? length : Math.min(end, length))).toString("latin1");
}

/** Whoever connected. */
export interface StreamClient {
  readonly fd: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** The path that it has bound, a byte per character; mostly empty. */
  readonly path: string;
}

const facts = new Float64Array(4);
const name = Buffer.alloc(NAME_BYTES);

/** undefined: nobody waits. @throws SystemError EMFILE ... */
export function acceptClient(listener: number, nonblocking: boolean): StreamClient | undefined {
  const fd = addon.acceptClient(listener, Number(nonblocking), facts, name);
  const { EAGAIN, EINTR, ECONNABORTED } = os.errno;
  if (fd === -EAGAIN || fd === -EINTR || fd === -ECONNABORTED) return undefined;
  check(fd, "accept");
  const [pid = -1, uid = -1, gid = -1, length = 0] = facts;
  return { fd, pid, uid, gid, path: length === 0 ? "" : name.toString("latin1", 0, length) };
}

/** It is no socket that clients connect to, or not any more: nobody will ever come. */
export const isHopeless = ({ code }: SystemError): boolean => HOPELESS.includes(code);
const HOPELESS: readonly string[] = ["EINVAL", "EOPNOTSUPP", "ENOTSOCK", "EBADF"];
