import { describe, expect, test } from "vitest";
import { World } from "./scanner-world.ts";

describe("the end", () => {
  test.for(["t", "i", "q", "ht", "at", "th", "htz"])("%s stops everybody, waits for everybody, and finishes", (bytes) => {
    const world = new World().has("a", "b/log").begin();
    world.control(bytes);
    expect(world.finished).toBe(false);
    for (const name of world.names()) {
      expect(world.at(name).signals).toHaveLength(1);
      world.dies(name);
    }
    expect(world.finished).toBe(true);
    expect(world.deadline).toBeNull();
  });

  test("a scan or prune that came with it is overridden", () => {
    const world = new World().has("a").begin();
    world.has("b").control("ht");
    expect(world.scans).toBe(1);
    expect(world.names()).toEqual(["a"]);
  });

  test("SIGTERM and a scan request of the same round end as well", () => {
    const world = new World().has("a").begin();
    world.signal("HUP", "ALRM", "TERM");
    world.dies("a");
    expect(world.finished).toBe(true);
  });

  test("nothing to wait for: it finishes at once", () => {
    const world = new World().begin();
    world.control("t");
    expect(world.finished).toBe(true);
  });

  test("b leaves at once and signals nobody", () => {
    const world = new World().has("a").begin();
    world.control("b");
    expect(world.at("a").signals).toEqual([]);
    expect(world.finished).toBe(true);
  });

  test.for(["tb", "bt"])("%s signals everybody and leaves at once", (bytes) => {
    const world = new World().has("a").begin();
    world.control(bytes);
    expect(world.at("a").signals).toEqual(["term"]);
    expect(world.finished).toBe(true);
  });

  test("nobody is restarted or started any more", () => {
    const world = new World({ scanPeriodMs: 500 }).has("a", "b").begin();
    world.control("t");
    world.wait(5000);
    world.dies("a");
    world.wait(5000);
    expect(world.names()).toEqual(["b"]);
    expect(world.scans).toBe(1);
  });

  test("one that waited for its restart is not waited for", () => {
    const world = new World().has("a").begin();
    world.dies("a");
    world.control("t");
    expect(world.finished).toBe(true);
  });

  test("an end of a log pipe goes with the supervisor that uses it", () => {
    const world = new World().has("a/log").begin();
    world.control("t");
    expect(world.ends("a/log")).toBe("writeread");
    world.dies("a");
    expect(world.ends("a/log")).toBe("read");
  });

  test("the catch-all logger sees end-of-file when it is the last one", () => {
    const world = new World().has("a", "s6-svscan-log").begin();
    world.control("t");
    expect(world.at("s6-svscan-log").signals).toEqual(["hup"]);
    expect(world.released).toBeUndefined();
    world.dies("a");
    expect(world.released).toBe(true);
    expect(world.finished).toBe(false);
    world.dies("s6-svscan-log");
    expect(world.finished).toBe(true);
  });

  test("without a catch-all logger stdout and stderr stay what they are, but for the console", () => {
    const world = new World().has("a").begin();
    world.control("b");
    expect(world.released).toBe(false);
  });

  test("q after t stops the loggers too, and nobody is told twice", () => {
    const world = new World().has("a/log").begin();
    world.control("t");
    world.control("t");
    world.control("q");
    expect(world.at("a").signals).toEqual(["term"]);
    expect(world.at("a/log").signals).toEqual(["hup", "term"]);
  });

  test("b after t leaves without waiting any longer", () => {
    const world = new World().has("a").begin();
    world.control("t");
    world.signal("ABRT");
    expect(world.finished).toBe(true);
  });

  test("no signal file runs on the way out", () => {
    const world = new World().has("a").begin();
    world.signalFiles.add("QUIT");
    world.control("t");
    world.signal("QUIT");
    expect(world.effects.filter(({ type }) => type === "runSignalFile")).toEqual([]);
  });
});
