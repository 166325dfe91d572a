import type { ProcessIdentity } from "../sys/process-identity.ts";
import type { Effect } from "../machines/supervise/effects.ts";

/**
 * The ledger: what a service needs to be taken over when its worker thread, or the whole process, dies in the middle of
 * anything. One slot per service in memory that all threads share; plain stores, no messages, no copies to main. After
 * a thread a new actor continues from its slot: descriptors are process-wide and outlive the thread that opened them,
 * children are re-parented to the main thread and stay ours. After a process the next one finds the slots in a file
 * (ledger-file.ts): the processes of services live on, descriptors do not.
 *
 * A slot is 1152 bytes: 32 int32 (the fields below and spare ones), then two snapshot texts of at most 512 bytes. A save
 * writes the copy that is not current and then flips, so whoever dies between two stores leaves the old one whole. The
 * first 1152 bytes are not a slot: a file has its head there.
 */
export const SLOT_BYTES = 1152;
const HEADER_INTS = 32;
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
  /** 1: its process died, 2: it became another program; and nobody has taken the service over yet. */
  orphaned: 15,
  /** ProcessIdentity of childPid. */
  bornLow: 16,
  bornHigh: 17,
  /** How run ended last, while it is watched: 0 it lives, or was told to; 1 by itself; 2 by itself, unseen. */
  ownEnd: 19,
  /** Whether its ends are to be told: 0 no, 1 the last one, 2 every one. Main's to write. */
  watched: 31,
  /** notification-fd of the run that lives. */
  notifyTarget: 18,
  /** What the finish that is to be spawned gets as its first two arguments. */
  finishCode: 26,
  finishSignal: 27,
  /** supervise/lock, where it is held by a descriptor. */
  lockFd: 28,
  /** flag-census: the group that run led, and when it did still, in clock ticks since the boot (32 bits of them). */
  censusGroup: 29,
  censusTicks: 30,
  /** Ends of log pipes that its supervisor was started with. */
  stdin: 24,
  stdout: 25,
  /** Device and inode of the service directory, low half first. */
  dev: 20,
  ino: 22,
} as const;
/** What belongs to the directory and not to one life of its supervisor. */
const HOME_FIRST = FIELD.dev;
const DESCRIPTORS = ["dirFd", "lock", "lockFd", "controlFd", "notifyFd", "spawnPidfd", "childPidfd"] as const;
type Field = Exclude<keyof typeof FIELD, "current" | "length0" | "length1" | "dev" | "ino">;

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
  readonly buffer: ArrayBufferLike;

  constructor(slots: number | ArrayBufferLike) {
    this.buffer = typeof slots === "number" ? new SharedArrayBuffer((1 + slots) * SLOT_BYTES) : slots;
  }

  get slots(): number {
    return this.buffer.byteLength / SLOT_BYTES - 1;
  }

  slot(index: number): LedgerSlot {
    return new LedgerSlot(this.buffer, index);
  }

  /** The slot whose child this pid is, or is just becoming; undefined for a stranger. `limit`: slots ever used. */
  slotOfChild(pid: number, limit: number): number | undefined {
    const ints = new Int32Array(this.buffer);
    for (let slot = 0; slot < limit; slot++) {
      const base = ((1 + slot) * SLOT_BYTES) / 4;
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

  constructor(buffer: ArrayBufferLike, index: number) {
    const offset = (1 + index) * SLOT_BYTES;
    this.#ints = new Int32Array(buffer, offset, HEADER_INTS);
    this.#copies = [
      new Uint8Array(buffer, offset + HEADER_INTS * 4, COPY_BYTES),
      new Uint8Array(buffer, offset + HEADER_INTS * 4 + COPY_BYTES, COPY_BYTES),
    ];
    this.spawnOut = this.#ints.subarray(FIELD.spawnPid, FIELD.spawnStage + 1);
  }

  /** An empty slot for a new supervisor of its directory: no snapshot, no descriptor. */
  claim(): void {
    this.#ints.fill(0, 0, HOME_FIRST);
    for (const field of DESCRIPTORS) this.set(field, -1);
    this.set("used", 1);
  }

  /** No process, and nothing left to say. */
  forgetChild(): void {
    this.spawnOut.fill(0);
    for (const field of ["childPid", "bornLow", "bornHigh", "letters", "nulled"] as const) this.set(field, 0);
    this.set("childPidfd", -1);
  }

  /** The process that filled it is dead: its descriptors mean nothing, its children may live. */
  orphan(): void {
    for (const field of DESCRIPTORS) this.set(field, -1);
    this.set("orphaned", 1);
  }

  /** The same process goes on as another program: descriptors that were kept are good, pidfds and mappings were not. */
  bequeath(): void {
    for (const field of ["dirFd", "lock", "spawnPidfd", "childPidfd"] as const) this.set(field, -1);
    this.set("orphaned", 2);
  }

  /** What must stay open when the process becomes another program. */
  get heirlooms(): number[] {
    return [this.get("controlFd"), this.get("notifyFd"), this.get("lockFd")].filter((fd) => fd > 2);
  }

  /** The service directory, which is known by device and inode. */
  get home(): { readonly dev: number; readonly ino: number } {
    return { dev: this.#wide(FIELD.dev), ino: this.#wide(FIELD.ino) };
  }

  set home({ dev, ino }: { readonly dev: number; readonly ino: number }) {
    for (const [at, value] of [[FIELD.dev, dev], [FIELD.ino, ino]] as const) {
      this.#ints[at] = value % 2 ** 32;
      this.#ints[at + 1] = Math.floor(value / 2 ** 32);
    }
  }

  get born(): ProcessIdentity {
    return [this.get("bornLow") >>> 0, this.get("bornHigh") >>> 0];
  }

  set born([low, high]: ProcessIdentity) {
    this.set("bornLow", low);
    this.set("bornHigh", high);
  }

  get finishArguments(): { readonly exitCode: number; readonly signal: number } {
    return { exitCode: this.get("finishCode"), signal: this.get("finishSignal") };
  }

  set finishArguments({ exitCode, signal }: { readonly exitCode: number; readonly signal: number }) {
    this.set("finishCode", exitCode);
    this.set("finishSignal", signal);
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

  #wide(at: number): number {
    return ((this.#ints[at] ?? 0) >>> 0) + ((this.#ints[at + 1] ?? 0) >>> 0) * 2 ** 32;
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
