import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { open } from "lmdb";
import { toBufferKey } from "ordered-binary";
import { expect, test as plainTest } from "vitest";
import { type LmdbEntry, LmdbReader } from "../../src/store/lmdb-reader.ts";

type Key = readonly [owner: number, sequence: number];

/** A removal, or a value of some bytes, of many, and of several pages. */
const change = fc.record({
  key: fc.tuple(fc.nat(4), fc.nat(400)),
  size: fc.oneof(fc.nat(200), fc.nat(200), fc.integer({ min: 1500, max: 12_000 }), fc.constant(undefined)),
});

/** Size, and bytes of both ends. */
const digest = (value: Uint8Array): string => `${value.byteLength}:${value[0]}:${value.at(-1)}`;

/** Leaf by leaf to the end. */
function all(reader: LmdbReader<Buffer>, direction: "ascending" | "descending", from: Buffer): string[] {
  const found: LmdbEntry<Buffer>[] = [];
  for (let key = from; ; ) {
    const more = reader[direction]("facts", key);
    const last = more.at(-1);
    if (last === undefined) return found.map(({ value }) => digest(value));
    found.push(...more);
    key = direction === "ascending" ? Buffer.concat([last.key, Buffer.of(0)]) : last.key;
  }
}

const order = (one: Key, two: Key): number => one[0] - two[0] || one[1] - two[1];

test.prop([fc.array(fc.array(change, { maxLength: 150 }), { minLength: 1, maxLength: 8 }), fc.array(fc.tuple(fc.nat(5), fc.nat(410)), { minLength: 1, maxLength: 10 })], { numRuns: 100 })(
  "reads what lmdb has written, from any key in both directions",
  async (transactions, places) => {
    const dir = mkdtempSync(join(tmpdir(), "lmdb-reader-"));
    const root = open<Uint8Array>({ path: dir, noSubdir: false, encoding: "binary", noSync: true });
    const facts = root.openDB<Uint8Array, [number, number]>({ name: "facts", encoding: "binary" });
    const other = root.openDB<Uint8Array, [number, number]>({ name: "tree", encoding: "binary" });
    const reader = new LmdbReader(openSync(join(dir, "data.mdb"), "r"), (bytes, start, end) => bytes.subarray(start, end));
    try {
      const model = new Map<string, { key: Key; value: string }>();
      for (const [turn, changes] of transactions.entries()) {
        await root.batch(() => {
          for (const { key, size } of changes) {
            if (size === undefined) {
              void facts.remove([...key]);
              model.delete(String(key));
            } else {
              const value = Buffer.alloc(size, 1 + ((turn * 31 + key[1]) % 255));
              void facts.put([...key], value);
              model.set(String(key), { key, value: digest(value) });
            }
          }
          void other.put([0, turn], Buffer.from("another database"));
        });
        const expected = [...model.values()].sort((one, two) => order(one.key, two.key));
        for (const place of places) {
          const from = toBufferKey([...place]);
          expect(all(reader, "ascending", from)).toEqual(expected.filter(({ key }) => order(key, place) >= 0).map(({ value }) => value));
          expect(all(reader, "descending", from)).toEqual(expected.filter(({ key }) => order(key, place) < 0).map(({ value }) => value).reverse());
        }
      }
      expect(reader.database("nothing")).toBeUndefined();
      facts.resetReadTxn();
      const stats = facts.getStats() as Record<string, number>;
      const pages = ["treeBranchPageCount", "treeLeafPageCount", "overflowPages"].reduce((sum, kind) => sum + (stats[kind] ?? Number.NaN), 0);
      expect(reader.database("facts")?.bytes).toBe(pages * 4096);
    } finally {
      reader.close();
      await root.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

// -- a file that somebody made so that it is never read to its end ----------------------------------------------------

const PAGE = 4096;
interface Node {
  readonly low: number;
  readonly flags: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function page(flags: number, nodes: readonly Node[]): Buffer {
  const bytes = Buffer.alloc(PAGE);
  bytes.writeUInt16LE(flags, 18);
  bytes.writeUInt16LE(2 * nodes.length, 20);
  let end = PAGE;
  for (const [index, { low, flags: nodeFlags, key, value }] of nodes.entries()) {
    end -= 8 + key.length + value.length;
    bytes.writeUInt16LE(end - 24, 24 + 2 * index);
    bytes.writeUInt32LE(low, end);
    bytes.writeUInt16LE(nodeFlags, end + 4);
    bytes.writeUInt16LE(key.length, end + 6);
    bytes.set(key, end + 8);
    bytes.set(value, end + 8 + key.length);
  }
  return bytes;
}

plainTest("pages that share what is below them lead nowhere, and soon", () => {
  const dir = mkdtempSync(join(tmpdir(), "lmdb-reader-"));
  const levels = 28;
  const meta = Buffer.alloc(PAGE);
  meta.writeUInt32LE(0xbeefc0de, 24);
  meta.writeUInt32LE(PAGE, 48);
  meta.writeBigUInt64LE(2n ** 64n - 1n, 88);
  meta.writeBigUInt64LE(2n, 136);
  const database = Buffer.alloc(48);
  database.writeBigUInt64LE(3n, 40);
  const pages = [meta, meta, page(2, [{ low: 48, flags: 2, key: Buffer.from("facts\0"), value: database }])];
  for (let level = 0; level < levels; level++) {
    const below = { low: pages.length + 1, flags: 0, value: Buffer.alloc(0) };
    pages.push(page(1, [{ ...below, key: Buffer.alloc(0) }, { ...below, key: Buffer.of(0) }]));
  }
  pages.push(page(2, [{ low: 1, flags: 0, key: Buffer.of(5), value: Buffer.of(1) }]));
  writeFileSync(join(dir, "data.mdb"), Buffer.concat(pages));
  const reader = new LmdbReader(openSync(join(dir, "data.mdb"), "r"), (bytes, start, end) => bytes.subarray(start, end));
  expect(reader.ascending("facts", Buffer.of(1)).map(({ key }) => [...key])).toEqual([[5]]);
  expect(() => reader.descending("facts", Buffer.of(1))).toThrow(RangeError);
  reader.close();
  rmSync(dir, { recursive: true });
});
