/**
 * Constant databases (D. J. Bernstein's cdb): numbers are 4 bytes little-endian.
 *
 *   0: 256 times position of a hash table and its slots; 2048: records (length of the key, length of the data, key, data);
 *   then the tables: slots of hash and position of the record, 0 for an empty slot
 */

const HEADER_BYTES = 2048;
const TABLES = 256;
/** Two numbers: of a table in the header, of a slot, of the lengths of a record. */
const PAIR_BYTES = 8;
const MOST_BYTES = 0xffffffff;

export interface CdbRecord {
  readonly key: Uint8Array;
  readonly data: Uint8Array;
}

/** The file is no database, or a broken one. */
export class CdbError extends Error {
  override readonly name = "CdbError";
}

/** The data of the first record that has this key. @throws CdbError */
export function findInCdb(file: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const view = viewOf(file);
  const hash = hashOf(key);
  const [table, slots] = pairAt(view, PAIR_BYTES * (hash % TABLES));
  if (slots === 0) return undefined;
  if (table + slots * PAIR_BYTES > file.length) throw new CdbError("a table is not within the file");
  for (let tried = 0, slot = (hash >>> 8) % slots; tried < slots; tried++, slot = (slot + 1) % slots) {
    const [found, position] = pairAt(view, table + slot * PAIR_BYTES);
    if (position === 0) return undefined;
    if (found !== hash) continue;
    const record = recordAt(file, view, position);
    if (Buffer.compare(record.key, key) === 0) return record.data;
  }
  return undefined;
}

/** All of them, in the order of the file. @throws CdbError when it comes to one that is broken */
export function* cdbRecords(file: Uint8Array): Generator<CdbRecord> {
  const view = viewOf(file);
  const [end] = pairAt(view, 0);
  for (let position = HEADER_BYTES; position < end;) {
    const record = recordAt(file, view, position);
    yield record;
    position += PAIR_BYTES + record.key.length + record.data.length;
    if (position > end) throw new CdbError("a record goes on in the tables");
  }
}

/** @throws RangeError when it would be larger than a database can be */
export function makeCdb(records: readonly CdbRecord[]): Uint8Array {
  const size = records.reduce((sum, { key, data }) => sum + 3 * PAIR_BYTES + key.length + data.length, HEADER_BYTES);
  if (size > MOST_BYTES) throw new RangeError("too much for a constant database");
  const file = Buffer.alloc(size);
  const tables: (readonly [hash: number, position: number])[][] = Array.from({ length: TABLES }, () => []);
  let at = HEADER_BYTES;
  for (const { key, data } of records) {
    const hash = hashOf(key);
    tables[hash % TABLES]?.push([hash, at]);
    at = putPair(file, at, key.length, data.length);
    file.set(key, at);
    file.set(data, at + key.length);
    at += key.length + data.length;
  }
  for (const [index, entries] of tables.entries()) {
    const slots = 2 * entries.length;
    putPair(file, PAIR_BYTES * index, at, slots);
    for (const [hash, position] of entries) {
      let slot = (hash >>> 8) % slots;
      while (file.readUInt32LE(at + slot * PAIR_BYTES + 4) !== 0) slot = (slot + 1) % slots;
      putPair(file, at + slot * PAIR_BYTES, hash, position);
    }
    at += slots * PAIR_BYTES;
  }
  return file;
}

function hashOf(key: Uint8Array): number {
  let hash = 5381;
  for (const byte of key) hash = (((hash << 5) + hash) ^ byte) >>> 0;
  return hash;
}

function viewOf(file: Uint8Array): DataView {
  if (file.length < HEADER_BYTES) throw new CdbError("it has no header");
  return new DataView(file.buffer, file.byteOffset, file.length);
}

function pairAt(view: DataView, position: number): [number, number] {
  if (position + PAIR_BYTES > view.byteLength) throw new CdbError("a position is not within the file");
  return [view.getUint32(position, true), view.getUint32(position + 4, true)];
}

function recordAt(file: Uint8Array, view: DataView, position: number): CdbRecord {
  const [keyBytes, dataBytes] = pairAt(view, position);
  const from = position + PAIR_BYTES;
  if (from + keyBytes + dataBytes > file.length) throw new CdbError("a record is not within the file");
  return { key: file.subarray(from, from + keyBytes), data: file.subarray(from + keyBytes, from + keyBytes + dataBytes) };
}

function putPair(file: Buffer, at: number, one: number, other: number): number {
  file.writeUInt32LE(one, at);
  return file.writeUInt32LE(other, at + 4);
}
