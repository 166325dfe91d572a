import type { Bytes } from "../formats/bytes.ts";

/** What native/ offers for sockets: the part of the addon that is in addon.ts's order between memory and regex. */
export interface SocketAddon {
  // -- packets.cc: sockets of packets, with abstract names; descriptors that come are close-on-exec ---------------
  /** A datagram socket that nobody reads: that its name exists is what others ask. */
  bindDatagram(name: string): number;
  /** Of a listening socket: non-blocking. */
  accept(fd: number): number;
  /** out = [pid, uid, gid] of whoever connected. */
  peer(fd: number, out: Float64Array): number;
  /** One packet, or what a stream has: how many bytes. fds = [count, fd...]. -EMSGSIZE when it was cut; then no descriptor stays open. */
  receivePacket(fd: number, into: Uint8Array, fds: Int32Array): number;
  /** One packet, whole or not at all; of a stream, as much as there is room for. Never waits. */
  sendPacket(fd: number, bytes: Uint8Array, fds: Int32Array): number;
  /** Moves bytes from pipe to pipe; never waits, and no kill can lose any. */
  splice(from: number, to: number, bytes: number): number;

  // -- socket.cc -----------------------------------------------------------------------------------------------
  /** Close-on-exec, non-blocking. */
  socketDatagram(family: number): number;
  setSocketOption(fd: number, level: number, name: number, value: number): number;
  bindUnix(fd: number, path: Bytes): number;
  /** The kernel chooses an abstract name. */
  autobindUnix(fd: number): number;
  /** How many bytes its name has; `out` gets them. */
  nameUnix(fd: number, out: Uint8Array): number;
  /** `name`: a path, or an abstract name, which begins with NUL. */
  connectUnix(fd: number, name: Uint8Array): number;
  /** To what it is connected to, with a descriptor; -1: without. */
  sendDatagram(fd: number, bytes: Uint8Array, descriptor: number): number;
  /** `address`: 4 or 16 bytes. */
  bindIp(fd: number, address: Uint8Array, port: number): number;
  /**
   * Length of the whole datagram, of which `into` has what fits. sender = [bytes of the address (4, 16; 0: none), port
   * (high, low), address].
   */
  receive(fd: number, into: Uint8Array, sender: Uint8Array): number;

  // -- stream-socket.cc: close-on-exec ---------------------------------------------------------------------------
  socketStream(nonblocking: number): number;
  listen(fd: number, backlog: number): number;
  /** `how`: SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2. */
  shutdown(fd: number, how: number): number;
  /** Neither connect nor a blocking send waits longer: -EAGAIN. */
  limitSending(fd: number, ms: number): number;
  /** A connection; out = [pid, uid, gid, bytes of the path that the client has bound], `name` gets the path. */
  acceptClient(fd: number, nonblocking: number, out: Float64Array, name: Uint8Array): number;
}
