/**
 * Messages over a stream socket that may carry descriptors (skalibs' unixmessage; s6 documentation, s6-fdholder and s6-sudo):
 *
 *   0: length of the body, 4 bytes big-endian; 4: number of descriptors, 2 bytes big-endian; 6: the body
 *
 * The descriptors travel with the first byte of the header. Whoever receives keeps those that came, in order, and takes from
 * them as many as a header says.
 */

export const HEADER_BYTES = 6;
/** What Linux lets one sendmsg carry. */
export const MOST_DESCRIPTORS = 253;
/** Older peers of skalibs announce up to so many. */
const MOST_ANNOUNCED = 255;
/** Most messages are shorter. */
const FIRST_ROOM = 512;
const NO_FDS: readonly number[] = [];

export interface UnixMessage {
  /** Good until the reader is fed again. */
  readonly body: Buffer;
  readonly fds: readonly number[];
}

/** The peer does not speak the protocol: the connection is not to be used any more. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

export function frame(body: Uint8Array, descriptors = 0): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.writeUInt16BE(descriptors, 4);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/**
 * Cuts what comes into messages. Nothing is trusted: memory grows with what has come, not with what was announced, and a
 * body of more than `mostBytes`, or more descriptors than headers can explain, is a MessageError.
 */
export class MessageReader {
  readonly #mostBytes: number;
  #bytes = Buffer.allocUnsafe(FIRST_ROOM);
  #from = 0;
  #to = 0;
  #fds: number[] = [];

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Nothing has come of a message that is not whole yet. */
  get isEmpty(): boolean {
    return this.#from === this.#to && this.#fds.length === 0;
  }

  /** Those that no message has taken yet: of a connection that is given up, they are the caller's to close. */
  get fds(): readonly number[] {
    return this.#fds;
  }

  /** Where the next receive may put what comes, as much as fits: then it is told by received(). Never empty. */
  room(): Uint8Array {
    if (this.#to === 0) return this.#bytes;
    if (this.#to === this.#bytes.length) this.#makeRoom(1);
    return this.#bytes.subarray(this.#to);
  }

  /** What one receive brought into room(). The descriptors are the reader's until next() gives them away. @throws MessageError */
  received(bytes: number, fds: readonly number[]): void {
    this.#to += bytes;
    if (fds.length === 0) return;
    this.#fds.push(...fds);
    if (this.#fds.length > 2 * MOST_ANNOUNCED) throw new MessageError("too many descriptors");
  }

  /** The same for bytes that came elsewhere. @throws MessageError */
  feed(bytes: Uint8Array, fds: readonly number[]): void {
    if (this.#to + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#to);
    this.received(bytes.length, fds);
  }

  /** The next whole message, if there is one. @throws MessageError */
  next(): UnixMessage | undefined {
    if (this.#to - this.#from < HEADER_BYTES) return undefined;
    const length = this.#bytes.readUInt32BE(this.#from);
    const count = this.#bytes.readUInt16BE(this.#from + 4);
    if (length > this.#mostBytes) throw new MessageError("the message is too long");
    if (count > MOST_ANNOUNCED) throw new MessageError("too many descriptors are announced");
    // They come with the first byte of the header.
    if (count > this.#fds.length) throw new MessageError("descriptors are missing");
    const start = this.#from + HEADER_BYTES;
    if (this.#to - start < length) return undefined;
    this.#from = start + length;
    const body = this.#bytes.subarray(start, this.#from);
    if (this.#from === this.#to) this.#from = this.#to = 0;
    return { body, fds: count === 0 ? NO_FDS : this.#take(count) };
  }

  #take(count: number): readonly number[] {
    if (count < this.#fds.length) return this.#fds.splice(0, count);
    const all = this.#fds;
    this.#fds = [];
    return all;
  }

  #makeRoom(more: number): void {
    const held = this.#to - this.#from;
    const old = this.#bytes;
    if (held + more > old.length / 2) this.#bytes = Buffer.allocUnsafe(2 * (held + more));
    old.copy(this.#bytes, 0, this.#from, this.#to);
    this.#from = 0;
    this.#to = held;
  }
}
