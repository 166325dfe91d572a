import { describe, expect, test } from "vitest";
import { exitStatus, signalStatus, type WaitStatus } from "../../src/formats/wait-status.ts";
import { treeExitInWords } from "../../src/machines/scanner/exit-with.ts";
import { World } from "./scanner-world.ts";

function tree(exitWith: World["exitWith"], ...names: string[]): World {
  const world = new World().has("app", "db", ...names);
  world.exitWith = exitWith;
  return world.begin();
}
const APP = { name: "app", first: false };
const ends = (world: World, waitStatus: WaitStatus | null, forGood = true, name = "app"): void =>
  world.tell({ type: "service.ended", slot: world.at(name).slot, waitStatus, forGood });
const watches = (world: World): string[] => world.names().map((name) => world.watched.get(world.at(name).slot) ?? "");

describe("exit-with", () => {
  test.for<[WaitStatus | null, number]>([[exitStatus(0), 0], [exitStatus(3), 3], [signalStatus(9), 137], [null, 255]])("the end %j of the service is the end of the tree, with %j", ([status, code]) => {
    const world = tree(APP);
    ends(world, status);
    expect([world.at("app").signals, world.at("db").signals]).toEqual([["term"], ["term"]]);
    world.dies("app");
    expect(world.finished).toBe(false);
    world.wait(700);
    world.dies("db");
    expect(world.exit).toEqual({ service: "app", code, slowest: { name: "db", ms: 700 } });
  });

  test("an end that is not for good counts only as the first one", () => {
    const usual = tree(APP);
    ends(usual, exitStatus(1), false);
    expect(usual.at("db").signals).toEqual([]);
    const first = tree({ name: "app", first: true });
    ends(first, exitStatus(1), false);
    expect(first.at("db").signals).toEqual(["term"]);
  });

  test("an end that comes when the tree ends already changes nothing", () => {
    const world = tree(APP);
    world.control("t");
    ends(world, exitStatus(3));
    world.dies("app");
    world.dies("db");
    expect([world.finished, world.exit]).toEqual([true, undefined]);
  });

  test("who is told to leave at once meanwhile leaves with the code", () => {
    const world = tree(APP);
    ends(world, exitStatus(3));
    world.control("b");
    expect(world.exit).toEqual({ service: "app", code: 3, slowest: null });
  });

  test("only that service is watched, from its start or from the scan that finds the file, and no longer than it says so", () => {
    const world = tree(APP, "app/log");
    expect([world.names(), watches(world)]).toEqual([["app", "app/log", "db"], ["last", "no", "no"]]);
    world.exitWith = { name: "db", first: true };
    world.control("a");
    expect(watches(world)).toEqual(["no", "no", "first"]);
    world.exitWith = undefined;
    world.control("a");
    expect(watches(world)).toEqual(["no", "no", "no"]);
    ends(world, exitStatus(3), true, "db");
    expect(world.at("app").signals).toEqual([]);
  });

  test("its supervisor that comes back is watched again, and without the file nobody ever is", () => {
    const world = tree(APP);
    world.dies("app");
    world.wait(2000);
    expect(watches(world)).toEqual(["last", "no"]);
    const other = tree(undefined);
    expect([watches(other), other.effects.some((effect) => "watch" in effect)]).toEqual([["no", "no"], false]);
  });

  test("in words", () => {
    expect(treeExitInWords({ service: "app", code: 3, slowest: { name: "db", ms: 119.6 } })).toBe("ends with 3, as app did; db took longest to stop: 120 ms");
    expect(treeExitInWords({ service: "app", code: 3, slowest: null })).toBe("ends with 3, as app did");
  });
});
