import { ID_BYTES_MAX, type PackedDate } from "../../formats/fdholder.ts";
import { mapPart, memoryFile } from "../../sys/memory.ts";

/** token: 4 bytes, 0 = free; length of the id: 1 byte; 8: date, 12 bytes; 20: id */
const [LENGTH_AT, DATE_AT, ID_AT, SLOT_BYTES] = [4, 8, 20, 280] as const;
const DATE_BYTES = ID_AT - DATE_AT;
/** Pages of a chunk hold whole slots. */
const CHUNK_SLOTS = 512;
const CHUNK_BYTES = CHUNK_SLOTS * SLOT_BYTES;
/** Addresses, not memory: pages are taken when they are touched. */
const MOST_CHUNKS = 2048;

interface KeptEntry {
  readonly slot: number;
  readonly token: number;
  readonly id: string;
  readonly date: PackedDate;
}

/**
 * What is held, in a file without a name: whoever has its descriptor knows the id and the date of what is kept under each number.
 * An entry counts from the moment when its token is stored: a kill leaves all of it, or nothing.
 */
export class KeptTable {
  readonly fd: number;
  readonly #chunks: { readonly words: Int32Array; readonly bytes: Buffer }[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  /** @throws SystemError */
  static make(): KeptTable {
    return new KeptTable(memoryFile("s6-fdholderd", MOST_CHUNKS * CHUNK_BYTES));
  }

  static get most(): number {
    return MOST_CHUNKS * CHUNK_SLOTS;
  }

  set(slot: number, token: number, id: string, date: PackedDate): void {
    const { words, bytes } = this.#chunkOf(slot);
    const at = (slot % CHUNK_SLOTS) * SLOT_BYTES;
    Atomics.store(words, at >> 2, 0);
    bytes.writeUInt8(id.length, at + LENGTH_AT);
    bytes.write(date, at + DATE_AT, "latin1");
    bytes.write(id, at + ID_AT, "latin1");
    Atomics.store(words, at >> 2, token);
  }

  clear(slot: number): void {
    Atomics.store(this.#chunkOf(slot).words, ((slot % CHUNK_SLOTS) * SLOT_BYTES) >> 2, 0);
  }

  /** undefined: it is free. */
  get(slot: number): KeptEntry | undefined {
    const { words, bytes } = this.#chunkOf(slot);
    const at = (slot % CHUNK_SLOTS) * SLOT_BYTES;
    const token = Atomics.load(words, at >> 2);
    const length = bytes.readUInt8(at + LENGTH_AT);
    if (token === 0 || length === 0 || length > ID_BYTES_MAX) return undefined;
    const date = bytes.toString("latin1", at + DATE_AT, at + DATE_AT + DATE_BYTES) as PackedDate;
    return { slot, token, date, id: bytes.toString("latin1", at + ID_AT, at + ID_AT + length) };
  }

  #chunkOf(slot: number) {
    const index = Math.floor(slot / CHUNK_SLOTS);
    const known = this.#chunks[index];
    if (known !== undefined) return known;
    const memory = mapPart(this.fd, index * CHUNK_BYTES, CHUNK_BYTES);
    const chunk = { words: new Int32Array(memory), bytes: Buffer.from(memory) };
    this.#chunks[index] = chunk;
    return chunk;
  }
}
