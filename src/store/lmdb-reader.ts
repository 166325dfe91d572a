import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { type DatabaseRoot, isOutdated, type Meta, newestMeta, type Page, readOverflow, readPage, type Value } from "./lmdb-format.ts";

export interface RawEntry {
  readonly key: Buffer;
  readonly value: Uint8Array;
}

/** As deep as LMDB lets a tree grow: a damaged one may lead in a circle. */
const MAX_DEPTH = 32;

/**
 * Reads an LMDB file without LMDB, while others write it or not. LMDB itself writes to the lock file when it only reads, and
 * whoever opens an environment while another process commits may set that process's count of transactions back: the
 * last one is lost, or no further one succeeds. Nothing here is shared with the writers: no lock, no slot in a table,
 * no mapping that a shorter file would turn into SIGBUS. Each look sees what is committed at that moment; a look that took
 * so long that its pages may have been written anew is made again.
 */
export class LmdbReader {
  readonly #fd: number;
  readonly inode: number;

  /** @throws the node:fs error; RangeError when it is no LMDB file */
  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    this.inode = fstatSync(this.#fd).ino;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A named database; undefined when there is none. @throws RangeError damage */
  database(name: string): DatabaseRoot | undefined {
    return this.#look((meta) => this.#databaseIn(meta, name));
  }

  /** The entries of one leaf, from the first that is not less than the key: those on later leaves are asked for with a greater one. @throws RangeError damage */
  ascending(name: string, from: Uint8Array): RawEntry[] {
    return this.#look((meta) => {
      for (const page of this.#leavesOf(meta, name, from, 1)) {
        const found = this.#entries(meta, page, page.search(from), page.count);
        if (found.length > 0) return found;
      }
      return [];
    });
  }

  /** The same downwards, from the last that is less than the key. @throws RangeError damage */
  descending(name: string, below: Uint8Array): RawEntry[] {
    return this.#look((meta) => {
      for (const page of this.#leavesOf(meta, name, below, -1)) {
        const found = this.#entries(meta, page, 0, page.search(below));
        if (found.length > 0) return found.reverse();
      }
      return [];
    });
  }

  /** Garbage that was read from pages that were written anew meanwhile is no damage. */
  #look<T>(read: (meta: Meta) => T): T {
    for (;;) {
      const meta = newestMeta(this.#fd);
      if (meta === undefined) throw new RangeError("not an LMDB file");
      try {
        const found = read(meta);
        if (!isOutdated(this.#fd, meta)) return found;
      } catch (error) {
        if (!isOutdated(this.#fd, meta)) throw error;
      }
    }
  }

  #databaseIn(meta: Meta, name: string): DatabaseRoot | undefined {
    if (meta.main === undefined) return undefined;
    const wanted = Buffer.from(`${name}\0`); // as lmdb-js names them
    for (const page of this.#leaves(meta, meta.main, wanted, 1)) {
      const index = page.search(wanted);
      if (index === page.count || !page.key(index).equals(wanted)) return undefined;
      const value = page.value(index);
      return value.type === "database" ? value.database : undefined;
    }
    return undefined;
  }

  *#leavesOf(meta: Meta, name: string, key: Uint8Array, step: 1 | -1): Generator<Page> {
    const { root } = this.#databaseIn(meta, name) ?? {};
    if (root !== undefined) yield* this.#leaves(meta, root, key, step);
  }

  /** In order or against it, from the one where the key belongs. */
  *#leaves(meta: Meta, number: number, key: Uint8Array, step: 1 | -1, depth = 0): Generator<Page> {
    if (depth > MAX_DEPTH) throw new RangeError("a tree of pages that leads in a circle");
    const page = readPage(this.#fd, meta.pageSize, number);
    if (page.isLeaf) yield page;
    else for (let index = page.search(key); 0 <= index && index < page.count; index += step) yield* this.#leaves(meta, page.child(index), key, step, depth + 1);
  }

  #entries(meta: Meta, page: Page, start: number, end: number): RawEntry[] {
    return Array.from({ length: end - start }, (_, index) => ({ key: page.key(start + index), value: this.#bytesOf(meta, page.value(start + index)) }));
  }

  #bytesOf({ pageSize }: Meta, value: Value): Uint8Array {
    switch (value.type) {
      case "bytes":
        return value.bytes;
      case "overflow":
        return readOverflow(this.#fd, pageSize, value.page, value.size);
      case "database":
        throw new RangeError("a database among the records");
    }
  }
}
