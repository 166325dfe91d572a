import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JournalWriter } from "../../src/store/journal-writer.ts";
import type { JournalPointer } from "../../src/store/pointer.ts";
import { formatServices, parseServices, Registry } from "../../src/store/registry.ts";
import { crashes } from "./lived.ts";

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "registry-")), "journal");
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

const at = (name: string, pointer?: JournalPointer, path = `/sv/${name}`) => ({ name, path, pointer });
const claimOne = (registry: Registry, name: string, pointer?: JournalPointer, path?: string): JournalPointer => {
  const [granted] = registry.claim([at(name, pointer, path)]);
  if (granted === undefined) throw new Error("nothing was granted");
  return granted;
};
const ids = (pointers: readonly JournalPointer[]): number[] => pointers.map(({ id }) => id);

describe("ids of services", () => {
  test("are handed out in order, and are private to the owner", () => {
    const registry = Registry.open(dir);
    expect(registry.claim([at("a"), at("b"), at("b/log")])).toEqual([0, 1, 2].map((id) => ({ dir, id, uuid: registry.uuid })));
    expect(statSync(join(dir, "services")).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("survive a restart of the tree", () => {
    const first = Registry.open(dir);
    const pointers = first.claim([at("a"), at("b")]);
    const second = Registry.open(dir);
    expect(second.uuid).toBe(first.uuid);
    expect(ids(second.claim([at("b", pointers[1]), at("a", pointers[0]), at("c")]))).toEqual([1, 0, 2]);
    expect(second.services.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  test("survive a wiped supervise/: the name leads back", () => {
    Registry.open(dir).claim([at("a"), at("b")]);
    expect(ids(Registry.open(dir).claim([at("b"), at("a")]))).toEqual([1, 0]);
  });

  test("follow a renamed service, and its old name is free for a newcomer", () => {
    const pointer = claimOne(Registry.open(dir), "old");
    const registry = Registry.open(dir);
    expect(ids(registry.claim([at("new", pointer, "/sv/old"), at("old", undefined, "/sv/other")]))).toEqual([0, 1]);
    expect(registry.services.map(({ name }) => name)).toEqual(["new", "old"]);
    expect(ids(Registry.open(dir).claim([at("old")]))).toEqual([1]);
  });

  test.for(["copy first", "original first"])("a copied directory does not get the original's (%s)", (order) => {
    const pointer = claimOne(Registry.open(dir), "original");
    const registry = Registry.open(dir);
    const both = [at("copy", pointer), at("original", pointer)];
    const granted = registry.claim(order === "copy first" ? both : [...both].reverse());
    expect(ids(order === "copy first" ? granted : [...granted].reverse())).toEqual([1, 0]);
  });

  test("a copy that appears while the original runs gets its own", () => {
    const registry = Registry.open(dir);
    const pointer = claimOne(registry, "original");
    expect(claimOne(registry, "copy", pointer).id).toBe(1);
  });

  test("are claimed again by the same directory, released or not", () => {
    const registry = Registry.open(dir);
    const pointer = claimOne(registry, "a");
    expect(claimOne(registry, "a", pointer).id).toBe(0);
    registry.release(0);
    expect(claimOne(registry, "a", pointer).id).toBe(0);
  });

  test("a moved directory gets its id once the old place has let go", () => {
    const registry = Registry.open(dir);
    const pointer = claimOne(registry, "a");
    registry.release(0);
    expect(claimOne(registry, "b", pointer).id).toBe(0);
  });

  test("pointers of another environment and ids never handed out claim nothing", () => {
    const registry = Registry.open(dir);
    const stranger = { dir: "/elsewhere", id: 0, uuid: "0f4c1b1e-7a64-4d3e-9d2f-000000000001" };
    expect(claimOne(registry, "a", stranger).id).toBe(0);
    expect(claimOne(registry, "b", { dir, id: 77, uuid: registry.uuid }).id).toBe(1);
  });

  test.for(["damaged", "missing"])("a %s table does not lead strangers into old histories", async (what) => {
    Registry.open(dir).claim([at("a"), at("b")]);
    const writer = new JournalWriter({ dir, warn: () => undefined });
    const life = crashes(1);
    writer.service(1).began("start", life.state);
    await writer.close();
    if (what === "missing") rmSync(join(dir, "services"));
    else writeFileSync(join(dir, "services"), readFileSync(join(dir, "services")).subarray(0, -5));
    expect(ids(Registry.open(dir).claim([at("new")]))).toEqual([2]);
  });

  test("a journal that was never begun does not keep anybody from beginning", () => {
    mkdirSync(dir);
    writeFileSync(join(dir, "data.mdb"), "");
    expect(ids(Registry.open(dir).claim([at("a")]))).toEqual([0]);
  });

  test("no id is granted that could not be written down", () => {
    const registry = Registry.open(dir);
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "");
    expect(() => registry.claim([at("a")])).toThrow(expect.objectContaining({ name: "JournalError", code: "ENOTDIR" }));
  });
});

test("a table of services with any names is read as it was written", () => {
  const registry = Registry.open(dir);
  registry.claim([at("tab\tand\nnewline"), at('quote"'), at("ünïcode")]);
  const text = readFileSync(join(dir, "services"), "utf8");
  expect(formatServices(parseServices(text))).toBe(text);
  expect(parseServices(text).services.map(({ name }) => name)).toEqual(["tab\tand\nnewline", 'quote"', "ünïcode"]);
});

test.for(["", "s6-journal 2 x\n", "s6-journal 1 x\n[1]\n", 's6-journal 1 x\n{"id":1}\n', "s6-journal 1 x\n[0,"])(
  "%j is no table of services",
  (text) => {
    expect(() => parseServices(text)).toThrow(SyntaxError);
  },
);
