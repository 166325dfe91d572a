import { readSync } from "node:fs";

/*
 * As lmdb-js writes its files (LMDB data format 2, page headers of 24 bytes): pages 0 and 1 are meta pages, with magic at 24,
 * version at 28, page size at 48, the roots of the free list and of the main database at 88 and 136, the last page at
 * 144, the transaction at 152. Other pages have flags at 18, the length of their table of node offsets at 20, the table
 * at 24; the offsets count from there. A node has the size of its value (or the page below it) at 0, flags at 4, the size of
 * its key at 6, its key at 8, and its value behind that.
 */
const META_BYTES = 160;
/** Page size of nearly all machines. */
const FIRST_GUESS = 4096;
const MAGIC = 0xbeefc0de;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HEADER_BYTES = 24;
const NODE_BYTES = 8;
/** Of branches, leaves, overflow. */
const DATABASE = { pages: [8, 16, 24], root: 40 } as const;
const PAGE = { branch: 1, leaf: 2 } as const;
const NODE = { overflow: 1, database: 2 } as const;
/** Root of an empty database. */
const NO_PAGE = 2 ** 64;

/** A meta page: where the state of one transaction begins. */
export interface Meta {
  readonly pageSize: number;
  /** Root of the pages that are free; undefined when there are none. */
  readonly free: number | undefined;
  /** Root of the database that holds the named ones. */
  readonly main: number | undefined;
  readonly lastPage: number;
  readonly transaction: number;
}

/** One of the named databases. */
export interface DatabaseRoot {
  /** undefined while it is empty. */
  readonly root: number | undefined;
  /** Bytes of its pages. */
  readonly bytes: number;
}

/** What a node of a leaf holds. */
export type Value =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** On pages of its own. */
  | { readonly type: "overflow"; readonly page: number; readonly size: number }
  | { readonly type: "database"; readonly database: DatabaseRoot };

/** Both meta pages, as they are in the file: while they stay the same, nothing is committed. */
export function readMetas(fd: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(FIRST_GUESS + META_BYTES);
  const length = readSync(fd, bytes, 0, bytes.byteLength, 0);
  const { pageSize = FIRST_GUESS } = length < META_BYTES ? {} : (parseMeta(bytes) ?? {});
  if (pageSize === FIRST_GUESS) return bytes.fill(0, length);
  const second = Buffer.alloc(META_BYTES);
  readSync(fd, second, 0, META_BYTES, pageSize);
  return Buffer.concat([bytes.subarray(0, FIRST_GUESS), second]);
}

/** The newer of the two; undefined when there is none. A writer may be at it, then it makes no sense: see stableMeta. */
export function newestOf(metas: Buffer): Meta | undefined {
  const [first, second] = [parseMeta(metas), parseMeta(metas.subarray(FIRST_GUESS))];
  return first !== undefined && second !== undefined && second.transaction > first.transaction ? second : first;
}

/** The newer meta page, read until it stands still. */
export function stableMeta(fd: number): Meta | undefined {
  for (let before = readMetas(fd); ; ) {
    const now = readMetas(fd);
    if (now.equals(before)) return newestOf(now);
    before = now;
  }
}

/** What was read from this transaction's pages may be a mixture by now: the third transaction after it writes to pages that the first one freed. */
export const isOutdated = (fd: number, { transaction }: Meta): boolean => (stableMeta(fd)?.transaction ?? 0) > transaction + 1;

function parseMeta(bytes: Buffer): Meta | undefined {
  const view = viewOf(bytes);
  const pageSize = view.getUint32(48, LITTLE_ENDIAN);
  if (view.getUint32(24, LITTLE_ENDIAN) !== MAGIC || pageSize < 512 || pageSize > 65536) return undefined;
  return { pageSize, free: rootAt(view, 88), main: rootAt(view, 136), lastPage: wide(view, 144), transaction: wide(view, 152) };
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const wide = (view: DataView, at: number): number => Number(view.getBigUint64(at, LITTLE_ENDIAN));

function rootAt(view: DataView, at: number): number | undefined {
  const root = wide(view, at);
  return root < NO_PAGE ? root : undefined;
}

/** Of the bytes from start to end. */
export type DecodeKey<K> = (bytes: Buffer, start: number, end: number) => K;

/** A branch or a leaf. Whatever is wrong with it is a RangeError. */
export class Page {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly isLeaf: boolean;
  /** Number of its nodes. */
  readonly count: number;

  /** @throws RangeError when it is neither. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    const flags = this.#view.getUint16(18, LITTLE_ENDIAN);
    this.isLeaf = (flags & PAGE.leaf) !== 0;
    const table = this.#view.getUint16(20, LITTLE_ENDIAN);
    if ((flags & (PAGE.branch | PAGE.leaf)) === 0 || HEADER_BYTES + table > bytes.byteLength) throw new RangeError("a page that is neither branch nor leaf");
    this.count = table >> 1;
  }

  /** Of a branch: the first one is empty, and stands for whatever is less than the second. */
  key(index: number): Buffer {
    return this.decodeKey(index, (bytes, start, end) => bytes.subarray(start, end));
  }

  decodeKey<K>(index: number, decode: DecodeKey<K>): K {
    const node = this.#node(index);
    const end = node + NODE_BYTES + this.#view.getUint16(node + 6, LITTLE_ENDIAN);
    if (end > this.#bytes.byteLength) throw new RangeError("a node reaches beyond its page");
    return decode(this.#bytes, node + NODE_BYTES, end);
  }

  /** Of a branch: the page below. */
  child(index: number): number {
    const node = this.#node(index);
    return this.#view.getUint32(node, LITTLE_ENDIAN) + this.#view.getUint16(node + 4, LITTLE_ENDIAN) * 2 ** 32;
  }

  /** Of a leaf. */
  value(index: number): Value {
    const node = this.#node(index);
    const size = this.#view.getUint32(node, LITTLE_ENDIAN);
    const flags = this.#view.getUint16(node + 4, LITTLE_ENDIAN);
    const at = node + NODE_BYTES + this.#view.getUint16(node + 6, LITTLE_ENDIAN);
    if ((flags & NODE.overflow) !== 0) return { type: "overflow", page: wide(this.#view, at), size };
    if ((flags & NODE.database) === 0) return { type: "bytes", bytes: this.#cut(at, size) };
    const pages = DATABASE.pages.reduce((sum, kind) => sum + wide(this.#view, at + kind), 0);
    return { type: "database", database: { root: rootAt(this.#view, at + DATABASE.root), bytes: pages * this.#bytes.byteLength } };
  }

  /** First node of a leaf whose key is not less; of a branch the one that leads there. */
  search(key: Uint8Array): number {
    let [low, high] = [this.isLeaf ? 0 : 1, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = this.decodeKey(middle, (bytes, start, end) => bytes.compare(key, 0, key.byteLength, start, end));
      if (order < 0 || (order === 0 && !this.isLeaf)) low = middle + 1;
      else high = middle;
    }
    return this.isLeaf ? low : low - 1;
  }

  #node(index: number): number {
    return HEADER_BYTES + this.#view.getUint16(HEADER_BYTES + 2 * index, LITTLE_ENDIAN);
  }

  #cut(at: number, size: number): Buffer {
    if (at + size > this.#bytes.byteLength) throw new RangeError("a node reaches beyond its page");
    return this.#bytes.subarray(at, at + size);
  }
}

/** @throws RangeError when the file ends before it. */
export function readPage(fd: number, pageSize: number, page: number): Page {
  return new Page(readBytes(fd, page * pageSize, pageSize));
}

/** Pages of a value that has its own, by the first of them. */
export const overflowPages = (fd: number, pageSize: number, page: number): number => viewOf(readBytes(fd, page * pageSize, HEADER_BYTES)).getUint32(20, LITTLE_ENDIAN);

/** @throws RangeError when it reaches beyond the file. */
export const readOverflow = (fd: number, pageSize: number, page: number, size: number): Buffer => readBytes(fd, page * pageSize + HEADER_BYTES, size);

function readBytes(fd: number, position: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  if (!Number.isSafeInteger(position) || readSync(fd, bytes, 0, size, position) < size) throw new RangeError("a page that is in use lies behind the end of the file");
  return bytes;
}
