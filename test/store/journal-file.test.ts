import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { open } from "lmdb";
import { afterAll, beforeAll, expect } from "vitest";
import { JournalError } from "../../src/store/journal-error.ts";
import { JournalFile } from "../../src/store/journal-file.ts";

const RECORDS = 600;
let dir: string;
let whole: Buffer;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "journal-file-"));
  const root = open<Uint8Array>({ path: dir, noSubdir: false, encoding: "binary", noSync: true });
  for (const name of ["facts", "tree"]) {
    const records = root.openDB<Uint8Array, [number, number]>({ name, encoding: "binary" });
    await root.batch(() => {
      for (let index = 0; index < RECORDS; index++) void records.put([index % 3, index], Buffer.alloc(index % 50 === 0 ? 9000 : 120, index));
    });
  }
  await root.close();
  whole = readFileSync(join(dir, "data.mdb"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Some bytes somewhere, most of them in the first of a page, where what leads to others is. */
const damage = fc.array(fc.record({
  page: fc.nat(),
  at: fc.oneof(fc.nat(60), fc.nat(60), fc.nat(4095)),
  bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constant(Uint8Array.of(0, 0)), fc.constant(Uint8Array.of(255, 255, 255, 255))),
}), { minLength: 1, maxLength: 6 });

test.prop([damage, fc.boolean()], { numRuns: 400 })("whatever is damaged: reading ends, with what is there or with the word that it is damaged", (places, isCut) => {
  const bytes = Buffer.from(whole);
  for (const { page, at, bytes: wrong } of places) bytes.set(wrong.subarray(0, 4096 - at), (page % (bytes.byteLength / 4096)) * 4096 + at);
  const path = join(dir, "data.mdb");
  writeFileSync(path, isCut ? bytes.subarray(0, bytes.byteLength - ((places[0]?.page ?? 0) % bytes.byteLength)) : bytes);
  const looks: ((file: JournalFile) => unknown)[] = [
    (file) => [...file.ascending("facts", [0, 0])].length,
    (file) => [...file.descending("tree", [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])].length,
    (file) => [...file.histories()],
    (file) => file.usedBytes,
  ];
  for (const look of looks) {
    let file: JournalFile | undefined;
    try {
      file = JournalFile.open(dir);
      look(file);
    } catch (error) {
      expect(error).toBeInstanceOf(JournalError);
      expect((error as JournalError).code).toMatch(/^(MDB_CORRUPTED|MDB_INVALID|ETRUNCATED|EEMPTY)$/);
    } finally {
      file?.close();
    }
  }
});
