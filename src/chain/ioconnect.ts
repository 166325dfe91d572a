import { unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import { signalNumber } from "../formats/signals.ts";
import { POLL_ERR, POLL_HUP, POLL_IN, POLL_NVAL, POLL_OUT } from "../sys/poller.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { Ends } from "./connected-ends.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

const BUFFER_BYTES = 65_536;
const BROKEN = POLL_ERR | POLL_HUP | POLL_NVAL;
/** What is polled: the signals, and of each direction where it reads and where it writes; [descriptor, events, what happened]. */
const SLOT_WORDS = 3;
const NOBODY = -1;

interface Options {
  /** undefined: without limit. */
  readonly idleMs: number | undefined;
  readonly readFd: number;
  readonly writeFd: number;
}

/** s6-ioconnect [ -t millisecs ] [ -r fdr ] [ -w fdw ] */
export function runIoconnect(args: readonly string[], process: ChainProcess): Next {
  const { idleMs, readFd, writeFd } = parseIoconnect(args);
  const { sys } = process;
  const ends = new Ends(process, [0, writeFd, readFd, 1]);
  const warn = process.warn.bind(process);
  const directions = [new Direction(ends, sys, warn, 0, writeFd), new Direction(ends, sys, warn, readFd, 1)];
  const signals = sys.trapSignalNumbers([signalNumber("TERM")]);
  const triples = new Int32Array(SLOT_WORDS * (1 + 2 * directions.length));
  triples.set([signals.fd, POLL_IN]);
  try {
    for (;;) {
      for (const [index, direction] of directions.entries()) direction.wish(triples.subarray(SLOT_WORDS * (1 + 2 * index)));
      if (directions.every(({ isOver }) => isOver)) return exits(0);
      const isIdle = directions.every(({ isEmpty }) => isEmpty);
      if (!unableTo("iopause", () => sys.pollEvents(triples, isIdle ? idleMs : undefined))) return exits(1);
      if (triples[2] !== 0) return exits(0);
      for (const [index, direction] of directions.entries()) direction.write(triples[SLOT_WORDS * (2 + 2 * index) + 2] ?? 0);
      for (const [index, direction] of directions.entries()) direction.read(triples[SLOT_WORDS * (1 + 2 * index) + 2] ?? 0);
    }
  } finally {
    ends.closeAll();
    signals.close();
  }
}

function parseIoconnect(args: readonly string[]): Options {
  let [idleMs, readFd, writeFd]: (number | undefined)[] = [0, 6, 7];
  for (const { name, value } of parseOptions(args, "0167t:r:w:").options) {
    switch (name) {
      case "t": idleMs = parseUint(value); break;
      case "r": readFd = parseUint(value); break;
      case "w": writeFd = parseUint(value); break;
      case "0": case "1": case "6": case "7": break; // sockets are seen
    }
  }
  if (idleMs === undefined || readFd === undefined || writeFd === undefined || readFd < 3 || writeFd < 3) throw new UsageError();
  return { idleMs: idleMs === 0 ? undefined : idleMs, readFd, writeFd };
}

/** Bytes from one descriptor to another. What has been read is written before more is read. */
class Direction {
  readonly #ends: Ends;
  readonly #sys: Sys;
  readonly #warn: (text: string) => void;
  readonly #from: number;
  readonly #to: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #rest: Uint8Array = this.#buffer.subarray(0, 0);

  constructor(ends: Ends, sys: Sys, warn: (text: string) => void, from: number, to: number) {
    this.#ends = ends;
    this.#sys = sys;
    this.#warn = warn;
    this.#from = from;
    this.#to = to;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  get isOver(): boolean {
    return !this.#ends.isOpen(this.#from) && !this.#ends.isOpen(this.#to);
  }

  /** What it waits for: two slots. */
  wish(slots: Int32Array): void {
    slots[0] = this.#ends.isOpen(this.#from) && this.isEmpty ? this.#from : NOBODY;
    slots[1] = POLL_IN;
    // That nobody reads any more is told in any case.
    slots[SLOT_WORDS] = this.#ends.isOpen(this.#to) ? this.#to : NOBODY;
    slots[SLOT_WORDS + 1] = this.isEmpty ? 0 : POLL_OUT;
  }

  write(events: number): void {
    if ((events & BROKEN) !== 0 && this.isEmpty) this.#giveUp();
    else if (events !== 0) this.#flush();
  }

  read(events: number): void {
    if (events === 0 || !this.#ends.isOpen(this.#from)) return;
    const count = this.#fill();
    if (count === "again") return;
    this.#rest = this.#buffer.subarray(0, count);
    if (count === 0) this.#ends.close(this.#from, "reading");
    this.#flush();
  }

  /** 0: there is no more. */
  #fill(): number | "again" {
    try {
      return this.#sys.readFd(this.#from, this.#buffer);
    } catch (error) {
      this.#complain("read from", this.#from, error);
      return 0;
    }
  }

  #flush(): void {
    try {
      while (!this.isEmpty) {
        const count = this.#sys.writeFd(this.#to, this.#rest);
        if (count === "again") return;
        this.#rest = this.#rest.subarray(count);
      }
    } catch (error) {
      this.#complain("write to", this.#to, error);
      return this.#giveUp();
    }
    if (!this.#ends.isOpen(this.#from)) this.#ends.close(this.#to, "writing");
  }

  #giveUp(): void {
    this.#rest = this.#rest.subarray(0, 0);
    this.#ends.close(this.#from, "reading");
    this.#ends.close(this.#to, "writing");
  }

  #complain(what: string, fd: number, error: unknown): void {
    if (!(error instanceof SystemError)) throw error;
    this.#warn(`unable to ${what} fd ${fd}: ${error.reason}`);
  }
}
