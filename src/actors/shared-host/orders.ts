import { closeFd } from "../../sys/files.ts";
import { type CompiledChain, encodedChain } from "../../sys/compiled-chain.ts";
import { memoryFile } from "../../sys/memory.ts";
import { writeAll } from "../../sys/write-all.ts";

/** What a thin process is told, in words of four bytes (native/launcher/thin.c and order.h). */
export interface Order {
  readonly packet: Uint8Array;
  /** Goes along, before all others; the caller's to close. */
  readonly file: number | undefined;
}

const HEADER_WORDS = 7;
const IN_FILE = 1;
/** What the thin process has room for is twice that; larger chains go in a file. */
const MOST_BYTES = 16_384;

export function plainOrder(letter: string, ...values: readonly number[]): Uint8Array {
  const packet = Buffer.allocUnsafe(4 + 4 * values.length);
  packet.writeInt32LE(letter.charCodeAt(0), 0);
  for (const [index, value] of values.entries()) packet.writeInt32LE(value | 0, 4 + 4 * index);
  return packet;
}

/** Start that child; `numbers` of its descriptors, ascending. @throws SystemError EMFILE ... */
export function startOrder(id: number, tag: number, numbers: readonly number[], chain: CompiledChain): Order {
  const { words, texts } = encodedChain(chain);
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  const size = 4 * (HEADER_WORDS + numbers.length);
  const isLarge = size + bytes.length + texts.length > MOST_BYTES;
  const packet = Buffer.allocUnsafe(size + (isLarge ? 0 : bytes.length + texts.length));
  const header = [HEADER_LETTER, id | 0, tag | 0, isLarge ? IN_FILE : 0, numbers.length, words.length, texts.length, ...numbers];
  for (const [index, word] of header.entries()) packet.writeInt32LE(word, 4 * index);
  if (isLarge) return { packet, file: fileOf(bytes, texts) };
  packet.set(bytes, size);
  packet.set(texts, size + bytes.length);
  return { packet, file: undefined };
}

const HEADER_LETTER = "F".charCodeAt(0);

function fileOf(...parts: readonly Uint8Array[]): number {
  const file = memoryFile("chain", 0);
  try {
    for (const part of parts) writeAll(file, part);
    return file;
  } catch (error) {
    closeFd(file);
    throw error;
  }
}
