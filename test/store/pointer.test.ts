import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatPointer, hasJournal, parsePointer, readPointer, writePointer } from "../../src/store/pointer.ts";

const uuid = "0f4c1b1e-7a64-4d3e-9d2f-000000000001";
let servicedir: string;
beforeEach(() => {
  servicedir = mkdtempSync(join(tmpdir(), "pointer-"));
});
afterEach(() => rmSync(servicedir, { recursive: true, force: true }));

const anyPath = fc.string({ unit: "grapheme" }).map((path) => `/${path.replaceAll("\n", "")}`);

describe("supervise/journal", () => {
  property.prop([anyPath, fc.nat(0xffffffff), fc.uuid()])("parsing gives back what was formatted", (dir, id, someUuid) => {
    const pointer = { dir, id, uuid: someUuid };
    expect(parsePointer(formatPointer(pointer))).toEqual(pointer);
  });

  test.for([
    "", "\n\n\n", `relative\n1\n${uuid}\n`, `/a\n-1\n${uuid}\n`, `/a\n1\n${uuid}`, `/a\n1\n${uuid}\nmore\n`, "/a\n1\nnot-a-uuid\n",
  ])("%j is no pointer", (text) => {
    expect(parsePointer(text)).toBeUndefined();
  });

  test("is replaced in one step and read back", () => {
    mkdirSync(join(servicedir, "supervise"));
    writePointer(servicedir, { dir: "/old", id: 1, uuid });
    writePointer(servicedir, { dir: "/new", id: 2, uuid });
    expect(readPointer(servicedir)).toEqual({ dir: "/new", id: 2, uuid });
    expect(readdirSync(join(servicedir, "supervise"))).toEqual(["journal"]);
  });

  test("where nothing can be seen there is no journal, and an empty file is none yet", () => {
    writeFileSync(join(servicedir, "file"), "");
    expect(hasJournal(join(servicedir, "file"))).toBe(false); // ENOTDIR, as EACCES
    writeFileSync(join(servicedir, "data.mdb"), "");
    expect(hasJournal(servicedir)).toBe(false);
  });

  test("a service without one was never journalled", () => {
    expect(readPointer(servicedir)).toBeUndefined();
  });

  test("a servicedir without supervise/ cannot get one", () => {
    writeFileSync(join(servicedir, "supervise"), "");
    expect(() => writePointer(servicedir, { dir: "/a", id: 1, uuid })).toThrow("ENOTDIR");
  });
});
