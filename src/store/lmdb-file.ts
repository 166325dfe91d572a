import { fstatSync } from "node:fs";
import { isOutdated, type Meta, overflowPages, readPage, stableMeta, type Value } from "./lmdb-format.ts";

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
 */
export function inspectFile(fd: number): LmdbFile {
  if (!fstatSync(fd).isFile()) return { type: "stranger" };
  for (;;) {
    const meta = stableMeta(fd);
    const { size } = fstatSync(fd); // after the meta pages: a writer may be at work, and the file grows before they do
    if (size === 0) return { type: "sound", unwritten: 0 }; // lmdb was interrupted before its first page: it starts anew
    if (meta === undefined) {
      if (stableMeta(fd) !== undefined) continue; // lmdb has just begun
      return { type: "stranger" };
    }
    const needed = (meta.lastPage + 1) * meta.pageSize;
    if (size >= needed) return { type: "sound", unwritten: 0 };
    const isWhole = isEverythingThere(fd, meta, size);
    if (isOutdated(fd, meta)) continue;
    return isWhole ? { type: "sound", unwritten: needed - size } : { type: "truncated", size, needed };
  }
}

function isEverythingThere(fd: number, meta: Meta, size: number): boolean {
  const walk = new Walk(fd, meta, Math.floor(size / meta.pageSize));
  try {
    return walk.isWhole(meta.free) && walk.isWhole(meta.main);
  } catch (error) {
    if (error instanceof RangeError) return false; // no page at all
    throw error;
  }
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

  /** Of one database, and of those that it holds. */
  isWhole(root: number | undefined): boolean {
    const due = root === undefined ? [] : [root];
    for (let number = due.pop(); number !== undefined; number = due.pop()) {
      if (number >= this.#pages) return false;
      if (this.#visited.has(number)) continue;
      this.#visited.add(number);
      const page = readPage(this.#fd, this.#pageSize, number);
      for (let index = 0; index < page.count; index++) {
        if (!page.isLeaf) due.push(page.child(index));
        else if (!this.#hasValue(page.value(index), due)) return false;
      }
    }
    return true;
  }

  #hasValue(value: Value, due: number[]): boolean {
    switch (value.type) {
      case "bytes":
        return true;
      case "database":
        if (value.database.root !== undefined) due.push(value.database.root);
        return true;
      case "overflow":
        return value.page < this.#pages && value.page + overflowPages(this.#fd, this.#pageSize, value.page) <= this.#pages;
    }
  }
}
