import { closeFd } from "../../sys/files.ts";
import { giveBack, mapPart, memoryFile } from "../../sys/memory.ts";
import { type Area, MOST_BYTES } from "./area.ts";
import type { Saved } from "./kept-part.ts";

const PAGE = 4096;
/** Addresses, not memory: pages are taken when they are touched. */
const SPAN = 2 * MOST_BYTES;
const FIRST = 32 * PAGE;
/** Of the layout here and of the numbers that daemons note. */
const FORMAT = 1;
const SLOTS_AT = 64;

const pagesOf = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/**
 * The memory of one daemon as a file without a name: whoever holds its descriptor keeps it, and so what was read survives
 * the process that read it.
 *
 *   0: format; 4: which of the two slots counts, 0 = none; 64: the slots, the daemon's numbers each; then the first part,
 *   in the same page, and the others, SPAN apart
 *
 * A slot is written while the other one counts, and begins to count by one store: a kill leaves the one or the other.
 */
export class KeptMemory {
  readonly fd: number;
  readonly #headerBytes: number;
  readonly #words: Int32Array;
  readonly #slots: readonly [Saved, Saved];

  /** A file that make() has made, for as many numbers. @throws SystemError */
  constructor(fd: number, numbers: number) {
    this.fd = fd;
    this.#headerBytes = SLOTS_AT + 2 * 8 * numbers;
    const header = mapPart(fd, 0, pagesOf(this.#headerBytes));
    this.#words = new Int32Array(header, 0, 2);
    this.#slots = [new Float64Array(header, SLOTS_AT, numbers), new Float64Array(header, SLOTS_AT + 8 * numbers, numbers)];
  }

  /** @throws SystemError */
  static make(numbers: number, parts: number): KeptMemory {
    const fd = memoryFile("s6-actors", parts * SPAN);
    try {
      const memory = new KeptMemory(fd, numbers);
      memory.#words[0] = FORMAT;
      return memory;
    } catch (error) {
      closeFd(fd);
      throw error;
    }
  }

  /** What was noted last; undefined when that is nothing, or of another version. */
  get saved(): Saved | undefined {
    const [format, slot] = this.#words;
    return format === FORMAT && (slot === 1 || slot === 2) ? this.#slots[slot - 1] : undefined;
  }

  note(save: (into: Saved) => void): void {
    const next = this.#words[1] === 1 ? 2 : 1;
    save(this.#slots[next - 1] as Saved);
    Atomics.store(this.#words, 1, next);
  }

  part(index: number): Area {
    return new KeptArea(this.fd, index * SPAN, index === 0 ? this.#headerBytes : 0);
  }
}

/** A part of the file, without its first bytes. */
class KeptArea implements Area {
  readonly #fd: number;
  readonly #offset: number;
  readonly #skip: number;
  #bytes: Buffer;

  constructor(fd: number, offset: number, skip: number) {
    this.#fd = fd;
    this.#offset = offset;
    this.#skip = skip;
    this.#bytes = this.#map(FIRST);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  grow(least: number): void {
    this.#bytes = this.#map(Math.min(SPAN, Math.max(pagesOf(this.#skip + least), 2 * this.#mapped)));
  }

  /** The pages that the first bytes are in stay. */
  shrink(): void {
    const from = pagesOf(this.#skip + 1);
    giveBack(this.#fd, this.#offset + from, this.#mapped - from);
    if (this.#mapped > FIRST) this.#bytes = this.#map(FIRST);
  }

  get #mapped(): number {
    return this.#skip + this.#bytes.length;
  }

  #map(bytes: number): Buffer {
    return Buffer.from(mapPart(this.#fd, this.#offset, bytes)).subarray(this.#skip);
  }
}
