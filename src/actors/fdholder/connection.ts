import { MOST_REQUEST_BYTES } from "../../formats/fdholder.ts";
import { MessageReader, type UnixMessage } from "../../formats/unixmessage.ts";
import type { Client } from "../../machines/fdholder/holder.ts";
import type { Held } from "../../machines/fdholder/held.ts";
import { receiveBytes, sendBytes } from "../../sys/messages.ts";

interface Outgoing {
  readonly bytes: Uint8Array;
  /** With the first byte; none any more when it has gone. */
  lent: readonly Held[];
}

const NONE: readonly Held[] = [];

/** A client's socket: what has come of its requests, and what has not gone yet of the answers. */
export class Connection {
  readonly fd: number;
  readonly client: Client;
  readonly #reader = new MessageReader(MOST_REQUEST_BYTES);
  readonly #waiting: Outgoing[] = [];
  /** Bytes of the first that waits. */
  #gone = 0;
  readonly #returned: (lent: readonly Held[]) => void;
  #isBroken = false;
  /** What the watcher was told. */
  watched: "input" | "output" | "nothing" = "nothing";
  /** Ends its time. */
  cancel: (() => void) | undefined;

  /** `returned` hears of each message with descriptors, once: it has gone, or never will. */
  constructor(fd: number, client: Client, returned: (lent: readonly Held[]) => void) {
    this.fd = fd;
    this.client = client;
    this.#returned = returned;
  }

  /** Answers wait: nothing more is read meanwhile. */
  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  /** It is not to be used any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** In the middle of a request or of an answer. */
  get isBusy(): boolean {
    return this.isBlocked || !this.#reader.isEmpty;
  }

  /** Descriptors that came, and that no message has. */
  get orphans(): readonly number[] {
    return this.#reader.fds;
  }

  /** One receive. @throws MessageError, SystemError */
  receive(): void {
    const received = receiveBytes(this.fd, this.#reader.room());
    if (received === "again") return;
    if (received === "broken" || received.count === 0) this.#isBroken = true;
    else this.#reader.received(received.count, received.fds);
  }

  /** @throws MessageError */
  next(): UnixMessage | undefined {
    return this.#reader.next();
  }

  /** Now, or when there is room for it. @throws SystemError */
  send(message: Uint8Array, lent: readonly Held[]): void {
    if (this.#isBroken) return this.#returned(lent);
    this.#waiting.push({ bytes: message, lent });
    if (this.#waiting.length === 1) this.flush();
  }

  /** What can be sent now. @throws SystemError */
  flush(): void {
    for (let [first] = this.#waiting; first !== undefined && !this.#isBroken; [first] = this.#waiting) {
      const { bytes, lent } = first;
      const count = sendBytes(this.fd, this.#gone === 0 ? bytes : bytes.subarray(this.#gone), lent.length === 0 ? [] : lent.map(({ fd }) => fd));
      if (count === "again") return;
      if (count === "broken") return this.break();
      first.lent = NONE;
      this.#gone += count;
      if (lent.length > 0) this.#returned(lent);
      if (this.#gone < bytes.length) continue;
      this.#waiting.shift();
      this.#gone = 0;
    }
  }

  /** Nothing comes and goes any more. */
  break(): void {
    this.#isBroken = true;
    for (const { lent } of this.#waiting.splice(0)) this.#returned(lent);
  }
}
