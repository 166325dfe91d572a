import type { Effect } from "../machines/supervise/effects.ts";

/**
 * The ledger: what a service needs to be taken over when its worker thread dies in the middle of anything. One slot
 * per service in memory that all threads share; plain stores, no messages, no copies to main. A new actor continues
 * from its slot: descriptors are process-wide and outlive the thread that opened them, children are re-parented to the
 * main thread and stay ours.
 *
 * A slot is 1024 bytes: 16 int32 (the fields below and a spare one), then two snapshot texts of at most 480 bytes. A save writes the
 * copy that is not current and then flips, so a thread that dies between two stores leaves the old one whole.
 */
const SLOT_BYTES = 1024;
const HEADER_INTS = 16;
const COPY_BYTES = (SLOT_BYTES - HEADER_INTS * 4) / 2;

/** Index of each int32 of a slot. spawnPid, spawnPidfd, spawnStage are written by the native spawn, before it returns. */
const FIELD = {
  current: 0,
  length0: 1,
  length1: 2,
  used: 3,
  dirFd: 4,
  lock: 5,
  controlFd: 6,
  notifyFd: 7,
  spawnPid: 8,
  spawnPidfd: 9,
  spawnStage: 10,
  childPid: 11,
  childPidfd: 12,
  nulled: 13,
  letters: 14,
} as const;
type Field = Exclude<keyof typeof FIELD, "current" | "length0" | "length1">;

type Letters = Extract<Effect, { type: "notify" }>["letters"];

/** One or two letters in an int32; 0 = none. */
export const packLetters = (letters: Letters): number =>
  [...letters].reduce((packed, letter) => (packed << 8) | letter.charCodeAt(0), 0);

export function unpackLetters(packed: number): Letters | undefined {
  if (packed === 0) return undefined;
  const low = String.fromCharCode(packed & 0xff);
  return (packed > 0xff ? String.fromCharCode(packed >> 8) + low : low) as Letters;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Ledger {
  readonly buffer: SharedArrayBuffer;

  constructor(slots: number | SharedArrayBuffer) {
    this.buffer = typeof slots === "number" ? new SharedArrayBuffer(slots * SLOT_BYTES) : slots;
  }

  slot(index: number): LedgerSlot {
    return new LedgerSlot(this.buffer, index);
  }

  /** The slot whose child this pid is, or is just becoming; undefined for a stranger. `limit`: slots ever used. */
  slotOfChild(pid: number, limit: number): number | undefined {
    const ints = new Int32Array(this.buffer);
    for (let slot = 0; slot < limit; slot++) {
      const base = (slot * SLOT_BYTES) / 4;
      if (ints[base + FIELD.used] !== 1) continue;
      if (ints[base + FIELD.childPid] === pid || ints[base + FIELD.spawnPid] === pid) return slot;
    }
    return undefined;
  }
}

export class LedgerSlot {
  readonly #ints: Int32Array;
  readonly #copies: readonly [Uint8Array, Uint8Array];
  /** Where the native spawn leaves pid, pidfd and stage. */
  readonly spawnOut: Int32Array;

  constructor(buffer: SharedArrayBuffer, index: number) {
    const offset = index * SLOT_BYTES;
    this.#ints = new Int32Array(buffer, offset, HEADER_INTS);
    this.#copies = [
      new Uint8Array(buffer, offset + HEADER_INTS * 4, COPY_BYTES),
      new Uint8Array(buffer, offset + HEADER_INTS * 4 + COPY_BYTES, COPY_BYTES),
    ];
    this.spawnOut = this.#ints.subarray(FIELD.spawnPid, FIELD.spawnStage + 1);
  }

  /** An empty slot for a new service: no snapshot, no descriptor. */
  claim(): void {
    this.#ints.fill(0);
    for (const field of ["dirFd", "lock", "controlFd", "notifyFd", "spawnPidfd", "childPidfd"] as const) {
      this.set(field, -1);
    }
    this.set("used", 1);
  }

  release(): void {
    this.#ints.fill(0);
  }

  get(field: Field): number {
    return this.#ints[FIELD[field]] ?? 0;
  }

  set(field: Field, value: number): void {
    this.#ints[FIELD[field]] = value;
  }

  /** @throws RangeError when the text does not fit: the machine's context has outgrown the ledger. */
  saveSnapshot(json: string): void {
    const next = this.#ints[FIELD.current] === 0 ? 1 : 0;
    const { read, written } = encoder.encodeInto(json, this.#copies[next]);
    if (read !== json.length) throw new RangeError(`a snapshot of ${json.length} characters does not fit the ledger`);
    this.#ints[next === 0 ? FIELD.length0 : FIELD.length1] = written;
    this.#ints[FIELD.current] = next;
  }

  /** undefined when the service had not started yet. */
  loadSnapshot(): string | undefined {
    const current = this.#ints[FIELD.current] === 0 ? 0 : 1;
    const length = this.#ints[current === 0 ? FIELD.length0 : FIELD.length1] ?? 0;
    if (length === 0) return undefined;
    return decoder.decode(this.#copies[current].slice(0, length)); // slice: TextDecoder refuses shared memory
  }
}
