import { closeSync } from "node:fs";
import { type DatabaseRoot, type DecodeKey, isOutdated, type Meta, newestOf, type Page, readMetas, readOverflow, readPage, stableMeta, type Value } from "./lmdb-format.ts";

export interface LmdbEntry<K> {
  readonly key: K;
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
export class LmdbReader<K> {
  /** -1 when it is closed. */
  #fd: number;
  readonly #decodeKey: DecodeKey<K>;
  /** What leads to the leaves, as long as the meta pages are these. */
  readonly #known = new Map<number, Page>();
  readonly #databases = new Map<string, DatabaseRoot | undefined>();
  #knownFor: Buffer | undefined;

  /** The descriptor is the reader's from now on. */
  constructor(fd: number, decodeKey: DecodeKey<K>) {
    this.#fd = fd;
    this.#decodeKey = decodeKey;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** A named database; undefined when there is none. @throws RangeError damage */
  database(name: string): DatabaseRoot | undefined {
    return this.#look((meta) => this.#named(meta, name));
  }

  /** The entries of one leaf, from the first that is not less than the key: those on later leaves are asked for with a greater one. @throws RangeError damage */
  ascending(name: string, from: Uint8Array): LmdbEntry<K>[] {
    return this.#look((meta) => this.#firstOf(meta, name, from, 1, (page) => this.#entries(meta, page, page.search(from), page.count)));
  }

  /** The same downwards, from the last that is less than the key. @throws RangeError damage */
  descending(name: string, below: Uint8Array): LmdbEntry<K>[] {
    return this.#look((meta) => this.#firstOf(meta, name, below, -1, (page) => this.#entries(meta, page, 0, page.search(below)).reverse()));
  }

  /** What is asked for is on the leaf where the key belongs, or on its neighbour. */
  #firstOf(meta: Meta, name: string, key: Uint8Array, step: 1 | -1, entries: (page: Page) => LmdbEntry<K>[]): LmdbEntry<K>[] {
    const { root } = this.#named(meta, name) ?? {};
    if (root === undefined) return [];
    let looked = 0;
    for (const page of this.#leaves(meta, root, key, step)) {
      const found = entries(page);
      if (found.length > 0) return found;
      if (++looked === 2) throw new RangeError("leaves that are not in order");
    }
    return [];
  }

  /** Garbage that was read from pages that were written anew meanwhile is no damage. */
  #look<T>(read: (meta: Meta) => T): T {
    if (this.#fd < 0) throw new Error("it was closed");
    const metas = readMetas(this.#fd);
    if (this.#knownFor?.equals(metas) !== true) this.#forget(metas);
    const glance = soundly(() => read(metaOf(metas)), () => readMetas(this.#fd).equals(metas));
    if (glance !== undefined) return glance.found;
    // Somebody commits, perhaps all the time: one commit more does no harm to what is read.
    for (;;) {
      this.#forget(undefined);
      const meta = stableMeta(this.#fd) ?? metaOf(metas);
      const look = soundly(() => read(meta), () => !isOutdated(this.#fd, meta));
      if (look !== undefined) return look.found;
    }
  }

  #forget(metas: Buffer | undefined): void {
    this.#known.clear();
    this.#databases.clear();
    this.#knownFor = metas;
  }

  #page({ pageSize }: Meta, number: number): Page {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const page = readPage(this.#fd, pageSize, number);
    if (!page.isLeaf) this.#known.set(number, page);
    return page;
  }

  #named(meta: Meta, name: string): DatabaseRoot | undefined {
    if (!this.#databases.has(name)) this.#databases.set(name, this.#databaseIn(meta, name));
    return this.#databases.get(name);
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

  /** In order or against it, from the one where the key belongs. */
  *#leaves(meta: Meta, number: number, key: Uint8Array, step: 1 | -1, depth = 0): Generator<Page> {
    if (depth > MAX_DEPTH) throw new RangeError("a tree of pages that leads in a circle");
    const page = this.#page(meta, number);
    if (page.count === 0) throw new RangeError("a page with nothing on it"); // LMDB leaves none: many of them could keep us busy
    if (page.isLeaf) yield page;
    else for (let index = page.search(key); 0 <= index && index < page.count; index += step) yield* this.#leaves(meta, page.child(index), key, step, depth + 1);
  }

  #entries(meta: Meta, page: Page, start: number, end: number): LmdbEntry<K>[] {
    const found: LmdbEntry<K>[] = [];
    for (let index = start; index < end; index++) found.push({ key: page.decodeKey(index, this.#decodeKey), value: this.#bytesOf(meta, page.value(index)) });
    return found;
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

/** undefined: what was read, or what went wrong with it, may be garbage. */
function soundly<T>(read: () => T, isSound: () => boolean): { readonly found: T } | undefined {
  try {
    const found = read();
    return isSound() ? { found } : undefined;
  } catch (error) {
    if (isSound()) throw error;
    return undefined;
  }
}

function metaOf(metas: Buffer): Meta {
  const meta = newestOf(metas);
  if (meta === undefined) throw new RangeError("not an LMDB file");
  return meta;
}
