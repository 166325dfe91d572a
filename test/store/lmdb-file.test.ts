import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspectFile, type LmdbFile } from "../../src/store/lmdb-file.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "lmdb-file-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** An environment with these values, of which the first `removed` are taken away again. */
async function fill(values: readonly Uint8Array[], removed = 0): Promise<string> {
  const root = open<Uint8Array>({ path: dir, noSubdir: false, encoding: "binary", noSync: true });
  const records = root.openDB<Uint8Array, number[]>({ name: "facts", encoding: "binary" });
  await root.batch(() => values.forEach((value, index) => void records.put([1, index], value)));
  for (let from = 0; from < removed; from += 1000) {
    await root.batch(() => {
      for (let index = from; index < Math.min(removed, from + 1000); index++) void records.remove([1, index]);
    });
  }
  await root.close();
  return join(dir, "data.mdb");
}

function inspected(path: string): LmdbFile {
  const fd = openSync(path, "r");
  try {
    return inspectFile(fd);
  } finally {
    closeSync(fd);
  }
}

const PAGE = 4096;
const some = (count: number, bytes: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(bytes).fill(7));

test("a file as lmdb leaves it is sound", async () => {
  expect(inspected(await fill(some(3000, 120)))).toMatchObject({ type: "sound" });
});

test.each([["small", 500, 120], ["large", 150, 10_000]])("a used page that is missing at the end is found: %s values", async (_name, count, bytes) => {
  const path = await fill(some(count, bytes));
  const { size } = statSync(path);
  let isSound = true;
  // Pages that were freed may lie at the end: from some page on, every cut takes a used one.
  for (let pages = 1; pages < size / PAGE - 2; pages++) {
    const copy = join(dir, "cut");
    copyFileSync(path, copy);
    truncateSync(copy, size - pages * PAGE);
    const { type } = inspected(copy);
    if (type === "truncated") isSound = false;
    expect(type === "sound", `${pages} pages`).toBe(isSound);
  }
  expect(isSound).toBe(false);
});

test("unused pages that are missing at the end are no damage, and all that is used can be read", async () => {
  const path = await fill(some(5000, 120), 4990);
  const { size } = statSync(path);
  let pages = 0;
  while (pages < size / PAGE) {
    const copy = join(dir, "cut");
    copyFileSync(path, copy);
    truncateSync(copy, size - (pages + 1) * PAGE);
    if (inspected(copy).type !== "sound") break;
    pages++;
  }
  truncateSync(path, size - pages * PAGE);
  expect(inspected(path)).toMatchObject({ type: "sound" });
  const root = open<Uint8Array>({ path: dir, noSubdir: false, encoding: "binary", readOnly: true });
  expect([...root.openDB<Uint8Array, number[]>({ name: "facts", encoding: "binary" }).getRange({})]).toHaveLength(10);
  await root.close();
});

test("what is no LMDB file is said to be none", () => {
  const path = join(dir, "other");
  writeFileSync(path, new Uint8Array(8192).fill(1));
  expect(inspected(path)).toEqual({ type: "stranger" });
  writeFileSync(path, "short");
  expect(inspected(path)).toEqual({ type: "stranger" });
});
