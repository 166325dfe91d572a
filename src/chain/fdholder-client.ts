import { ExitError, unableTo } from "../cli/failures.ts";
import { bytesOf } from "../formats/bytes.ts";
import { type DumpEntry, dumpDataRequest, getDumpRequest, isSetDumpAnswer, parseDumpMessage, parseGetDumpAnswer, setDumpRequest } from "../formats/fdholder.ts";
import { frame, MessageError, MessageReader, MOST_DESCRIPTORS, type UnixMessage } from "../formats/unixmessage.ts";
import type { Sys } from "../sys/sys.ts";
import { errorCode, SystemError } from "../sys/system-error.ts";
import { Limit, sendWithin } from "./timed-exchange.ts";

/** As long as an answer can be: a list of all that a process can hold, with the longest names. */
const MOST_ANSWER_BYTES = 2 ** 28;
const EAGAIN = 11;

export interface DumpedFd extends DumpEntry {
  readonly fd: number;
}

/** A connection to an fd-holder: one request after the other, each with its answer. Its time covers all of it. */
export class FdholderClient {
  readonly #sys: Sys;
  readonly #fd: number;
  readonly #limit: Limit;
  readonly #reader = new MessageReader(MOST_ANSWER_BYTES);

  private constructor(sys: Sys, fd: number, limit: Limit) {
    this.#sys = sys;
    this.#fd = fd;
    this.#limit = limit;
  }

  /** `path`: a byte string; `role`: what the daemon is to us. @throws ExitError 111 */
  static connect(sys: Sys, path: string, withinMs: number | undefined, role = "a"): FdholderClient {
    const limit = new Limit(sys, withinMs);
    const fd = unableTo(`connect to ${role} fd-holder daemon at ${path}`, () => sys.connectWithin(bytesOf(path), withinMs));
    return new FdholderClient(sys, fd, limit);
  }

  /** What was received and not asked for is closed, too. */
  close(): void {
    for (const fd of this.#reader.fds) this.#sys.closeFd(fd);
    this.#sys.closeFd(this.#fd);
  }

  /** The answer, which is a success. @throws SystemError with the code that the daemon gave, or ETIMEDOUT, EPIPE, EPROTO */
  ask(request: Uint8Array, fds: readonly number[] = []): UnixMessage {
    sendWithin(this.#sys, this.#fd, frame(request, fds.length), fds, this.#limit);
    return this.#answer(0);
  }

  /** The same for a request that is answered by a success and nothing else. */
  tell(request: Uint8Array, fds?: readonly number[]): void {
    this.#expectBare(this.ask(request, fds));
  }

  /** All that is held. @throws SystemError */
  getDump(): DumpedFd[] {
    const answer = this.ask(getDumpRequest());
    const split = parseGetDumpAnswer(answer.body);
    if (split === undefined || answer.fds.length > 0) throw this.#malformed(answer.fds);
    const dump: DumpedFd[] = [];
    try {
      for (let message = 0; message < split.messages; message++) this.#takeDump(this.#receive(), dump);
      if (dump.length !== split.total) throw this.#malformed([]);
      return dump;
    } catch (error) {
      for (const { fd } of dump) this.#sys.closeFd(fd);
      throw error;
    }
  }

  /** All of these are held afterwards. @throws SystemError */
  setDump(dump: readonly DumpedFd[]): void {
    if (dump.length === 0) return;
    const answer = this.ask(setDumpRequest(dump.length));
    if (!isSetDumpAnswer(answer.body, dump.length) || answer.fds.length > 0) throw this.#malformed(answer.fds);
    for (let from = 0; from < dump.length; from += MOST_DESCRIPTORS) {
      const part = dump.slice(from, from + MOST_DESCRIPTORS);
      sendWithin(this.#sys, this.#fd, frame(dumpDataRequest(part), part.length), part.map(({ fd }) => fd), this.#limit);
      this.#expectBare(this.#answer(from + part.length < dump.length ? EAGAIN : 0));
    }
  }

  #takeDump({ body, fds }: UnixMessage, dump: DumpedFd[]): void {
    const entries = parseDumpMessage(body, fds.length);
    if (entries === undefined) throw this.#malformed(fds);
    for (const [index, entry] of entries.entries()) dump.push({ ...entry, fd: fds[index] ?? -1 });
  }

  #expectBare({ body, fds }: UnixMessage): void {
    if (body.length !== 1 || fds.length > 0) throw this.#malformed(fds);
  }

  /** One whose first byte is that code. */
  #answer(code: number): UnixMessage {
    const message = this.#receive();
    const [said] = message.body;
    if (said === code) return message;
    if (said === undefined || message.fds.length > 0 || said === 0 || said === EAGAIN) throw this.#malformed(message.fds);
    throw new SystemError("be served", undefined, errorCode(said));
  }

  #malformed(fds: readonly number[]): SystemError {
    for (const fd of fds) this.#sys.closeFd(fd);
    return new SystemError("understand", undefined, "EPROTO");
  }

  #receive(): UnixMessage {
    try {
      for (;;) {
        const message = this.#reader.next();
        if (message !== undefined) return message;
        if (this.#sys.pollReadable([this.#fd], this.#limit.restMs).length === 0) throw new SystemError("receive", undefined, "ETIMEDOUT");
        const received = this.#sys.receiveBytes(this.#fd, this.#reader.room());
        if (received === "again") continue;
        if (received === "broken" || received.count === 0) throw new SystemError("receive", undefined, "EPIPE");
        this.#reader.received(received.count, received.fds);
      }
    } catch (error) {
      if (error instanceof MessageError) throw new SystemError("receive", undefined, "EPROTO", { cause: error });
      throw error;
    }
  }
}

/** Asks a daemon; what it refuses, or what the exchange fails by, is exit code 1. `what`: follows "unable to". @throws ExitError */
export function asking<T>(client: FdholderClient, what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw new ExitError(1, `unable to ${what}: ${error.reason}`, { cause: error });
    throw error;
  } finally {
    client.close();
  }
}
