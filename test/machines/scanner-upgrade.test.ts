import { expect, test } from "vitest";
import { World } from "./scanner-world.ts";

test("an upgrade is tried before it is made, one at a time", () => {
  const world = new World().has("a").begin();
  world.control("E");
  world.control("E");
  expect([world.tests, world.reexecs]).toEqual([1, 0]);
  world.tell({ type: "upgrade.tested", objection: null, difference: null });
  expect([world.tests, world.reexecs]).toEqual([1, 1]);
  expect(world.warnings).toEqual([]);
});

test("one that is refused, or fails, is a warning, and can be tried again", () => {
  const world = new World().has("a").begin();
  world.control("E");
  world.tell({ type: "upgrade.tested", objection: "it exits with 1", difference: null });
  expect(world.warnings.at(-1)).toBe("not upgrading, the old program goes on: it exits with 1");
  world.control("E");
  world.tell({ type: "upgrade.tested", objection: null, difference: null });
  world.tell({ type: "upgrade.failed", reason: "no room" });
  expect(world.warnings.at(-1)).toContain("no room");
  expect([world.tests, world.reexecs]).toEqual([2, 1]);
  expect(world.names()).toEqual(["a"]);
});

test("a tree on its way out upgrades no more", () => {
  const world = new World().has("a").begin();
  world.control("E");
  world.control("t");
  world.control("E");
  world.tell({ type: "upgrade.tested", objection: null, difference: null });
  expect([world.tests, world.reexecs]).toEqual([1, 0]);
});

test("a new program that would decide otherwise is a warning, and no upgrade when it was to be strict", () => {
  const difference = "it would decide otherwise";
  const lenient = new World().has("a").begin();
  lenient.control("E");
  lenient.tell({ type: "upgrade.tested", objection: null, difference });
  expect([lenient.reexecs, lenient.warnings.at(-1)]).toEqual([1, `upgrading all the same: ${difference}`]);
  const strict = new World().has("a").begin();
  strict.control("V");
  strict.tell({ type: "upgrade.tested", objection: null, difference });
  expect([strict.reexecs, strict.warnings.at(-1)]).toEqual([0, `not upgrading, the old program goes on: ${difference}`]);
  strict.control("V");
  strict.tell({ type: "upgrade.tested", objection: null, difference: null });
  expect(strict.reexecs).toBe(1);
});
