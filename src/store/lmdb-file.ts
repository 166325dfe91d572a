import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What a look into an LMDB file says before lmdb maps it. */
export type LmdbFile =
  /** `unwritten`: bytes of unused pages that are missing at its end. */
  | { readonly type: "sound"; readonly unwritten: number }
  | { readonly type: "truncated"; readonly size: number; readonly needed: number }
  /** No LMDB file. */
  | { readonly type: "stranger" };

/**
 * Is everything there that is used? A sound file may end before the last page that its meta page counts: a transaction that
 * frees what it had just allocated never writes it. So where pages are missing, all that is reachable from the roots is
 * visited.
 *
 * As lmdb-js writes it (LMDB data format 2, page headers of 24 bytes): pages 0 and 1 are meta pages, with magic at 24,
 * version at 28, page size at 48, the roots of the free list and of the main database at 88 and 136, the last page at
 * 144, the transaction at 152. Other pages have flags at 18, the length of their table of node offsets at 20, the table
 * at 24; the offsets count from there.
 */
export function inspectFile(path: string): LmdbFile {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO is waited for by nobody
  try {
    if (!fstatSync(fd).isFile()) return { type: "stranger" };
    for (;;) {
      const meta = newestMeta(fd);
      const { size } = fstatSync(fd); // after the meta pages: a writer may be at work, and the file grows before they do
      if (size === 0) return { type: "sound", unwritten: 0 }; // lmdb was interrupted before its first page: it starts anew
      if (meta === undefined) return { type: "stranger" };
      const needed = (meta.lastPage + 1) * meta.pageSize;
      if (size >= needed) return { type: "sound", unwritten: 0 };
      const isWhole = new Walk(fd, meta, Math.floor(size / meta.pageSize)).visit(meta.roots);
      // Pages of a snapshot are used again by the transaction after the next: then this walk has seen a mixture.
      if ((newestMeta(fd)?.transaction ?? 0) > meta.transaction + 1) continue;
      return isWhole ? { type: "sound", unwritten: needed - size } : { type: "truncated", size, needed };
    }
  } finally {
    closeSync(fd);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly roots: readonly number[];
  readonly lastPage: number;
  readonly transaction: number;
}

const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const ROOT_IN_DATABASE = 40;
const PAGE = { branch: 1, leaf: 2 } as const;
const NODE = { overflow: 1, database: 2 } as const;
/** Root of an empty database. */
const NO_PAGE = 2 ** 64;

const wide = (view: DataView, at: number): number => Number(view.getBigUint64(at, LITTLE_ENDIAN));

function newestMeta(fd: number): Meta | undefined {
  const first = readMeta(fd, 0);
  const second = first === undefined ? undefined : readMeta(fd, first.pageSize);
  return first !== undefined && second !== undefined && second.transaction > first.transaction ? second : first;
}

function readMeta(fd: number, position: number): Meta | undefined {
  const view = new DataView(new ArrayBuffer(META_BYTES));
  if (readSync(fd, view, 0, META_BYTES, position) < META_BYTES) return undefined;
  const pageSize = view.getUint32(48, LITTLE_ENDIAN);
  if (view.getUint32(24, LITTLE_ENDIAN) !== MAGIC || pageSize < 512 || pageSize > 65536) return undefined;
  return { pageSize, roots: [wide(view, 88), wide(view, 136)], lastPage: wide(view, 144), transaction: wide(view, 152) };
}

/** Visits every page that is in use; whole when none of them is missing, or is no page at all. */
class Walk {
  readonly #fd: number;
  readonly #pageSize: number;
  /** Pages that the file has. */
  readonly #pages: number;
  readonly #visited = new Set<number>();

  constructor(fd: number, { pageSize }: Meta, pages: number) {
    this.#fd = fd;
    this.#pageSize = pageSize;
    this.#pages = pages;
  }

  visit(roots: readonly number[]): boolean {
    const due = roots.filter((root) => root < NO_PAGE);
    for (let page = due.pop(); page !== undefined; page = due.pop()) {
      if (page >= this.#pages) return false;
      if (this.#visited.has(page)) continue;
      this.#visited.add(page);
      const next = this.#nextOf(page);
      if (next === undefined) return false;
      due.push(...next);
    }
    return true;
  }

  /** The pages that this one leads to; undefined when it is neither a branch nor a leaf. */
  #nextOf(page: number): number[] | undefined {
    const view = this.#read(page);
    const flags = view.getUint16(18, LITTLE_ENDIAN);
    const tableEnd = HEADER_BYTES + view.getUint16(20, LITTLE_ENDIAN);
    if ((flags & (PAGE.branch | PAGE.leaf)) === 0 || tableEnd > this.#pageSize) return undefined;
    const found: number[] = [];
    for (let entry = HEADER_BYTES; entry < tableEnd; entry += 2) {
      const node = HEADER_BYTES + view.getUint16(entry, LITTLE_ENDIAN);
      if (node + NODE_BYTES > this.#pageSize) return undefined;
      const nodeFlags = view.getUint16(node + 4, LITTLE_ENDIAN);
      if ((flags & PAGE.branch) !== 0) {
        found.push(view.getUint32(node, LITTLE_ENDIAN) + nodeFlags * 2 ** 32);
        continue;
      }
      const data = node + NODE_BYTES + view.getUint16(node + 6, LITTLE_ENDIAN);
      if ((nodeFlags & NODE.database) !== 0) found.push(...[wide(view, data + ROOT_IN_DATABASE)].filter((root) => root < NO_PAGE));
      if ((nodeFlags & NODE.overflow) !== 0 && !this.#hasAll(wide(view, data))) return undefined;
    }
    return found;
  }

  /** Pages of one large value, which the first of them counts. */
  #hasAll(first: number): boolean {
    if (first >= this.#pages) return false;
    return first + this.#read(first).getUint32(20, LITTLE_ENDIAN) <= this.#pages;
  }

  #read(page: number): DataView {
    const view = new DataView(new ArrayBuffer(this.#pageSize));
    readSync(this.#fd, view, 0, this.#pageSize, page * this.#pageSize);
    return view;
  }
}
