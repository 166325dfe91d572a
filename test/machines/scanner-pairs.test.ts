import { describe, expect, test } from "vitest";
import { World } from "./scanner-world.ts";

function pair(): World {
  return new World().has("foo/log").begin();
}

function remove(world: World, name: string): () => void {
  const entry = world.entries.get(name);
  world.entries.delete(name);
  return () => {
    if (entry !== undefined) world.entries.set(name, entry);
  };
}

describe("an active pair", () => {
  test("keeps its pipe when either half dies, and both come back on it", () => {
    const world = pair();
    const birth = world.at("foo").pipeBirth;
    world.wait(2000);
    world.dies("foo/log");
    expect(world.at("foo/log").pipeBirth).toBe(birth);
    world.dies("foo");
    expect(world.at("foo").pipeBirth).toBe(birth);
    expect(world.pipes.size).toBe(1);
  });

  test("keeps both ends when a half gives up its stdio", () => {
    const world = pair();
    world.nulls("foo/log");
    world.nulls("foo");
    expect(world.ends("foo")).toBe("writeread");
  });
});

describe("an inactive pair", () => {
  test("keeps the ends that its supervisors use", () => {
    const world = pair();
    remove(world, "foo");
    world.control("a");
    expect(world.ends("foo")).toBe("writeread");
  });

  test("lets the logger see end-of-file when the service is gone, and then disappears", () => {
    const world = pair();
    remove(world, "foo");
    world.control("an");
    world.dies("foo");
    expect(world.ends("foo/log")).toBe("read");
    world.dies("foo/log");
    expect(world.pipes.size).toBe(0);
    expect(world.state.services.filter(Boolean)).toEqual([]);
  });

  test("lets the logger see end-of-file when the service's supervisor gives up its stdio", () => {
    const world = pair();
    remove(world, "foo");
    world.control("a");
    world.nulls("foo");
    expect(world.ends("foo/log")).toBe("read");
  });

  test("gives the service a broken pipe when the logger is gone", () => {
    const world = pair();
    remove(world, "foo");
    world.control("a");
    world.dies("foo/log");
    expect(world.ends("foo")).toBe("write");
  });

  test("becomes active again as it was while it is whole", () => {
    const world = pair();
    const putBack = remove(world, "foo");
    world.control("a");
    putBack();
    world.control("a");
    const birth = world.at("foo").pipeBirth;
    world.wait(2000);
    world.dies("foo");
    expect(world.at("foo").pipeBirth).toBe(birth);
  });

  test.for(["foo", "foo/log"])("is not revived when %s is dead: it begins again with a new pipe when both are", (first) => {
    const world = pair();
    const birth = world.at("foo").pipeBirth;
    const putBack = remove(world, "foo");
    world.control("a");
    world.wait(5000);
    world.dies(first);
    putBack();
    world.control("a");
    const last = first === "foo" ? "foo/log" : "foo";
    expect(world.names()).toEqual([last]);
    expect(world.warnings).toEqual(["old instance of foo still exists, waiting"]);
    expect(world.deadline).toBe(world.ms + 10_000);
    world.dies(last);
    expect(world.names()).toEqual(["foo", "foo/log"]);
    expect(world.at("foo").pipeBirth).not.toBe(birth);
    expect(world.at("foo/log").pipeBirth).toBe(world.at("foo").pipeBirth);
  });

  test("that waits for its old half can be pruned", () => {
    const world = pair();
    const putBack = remove(world, "foo");
    world.control("a");
    world.dies("foo/log");
    putBack();
    world.control("an");
    expect(world.at("foo").signals).toEqual(["term"]);
  });

  test("whose logger gave up its stdin is not revived", () => {
    const world = pair();
    const putBack = remove(world, "foo");
    world.control("an");
    world.nulls("foo/log");
    putBack();
    world.control("a");
    world.dies("foo");
    expect(world.names()).toEqual(["foo/log"]);
    world.dies("foo/log");
    expect(world.names()).toEqual(["foo", "foo/log"]);
  });
});

describe("a log directory", () => {
  test("added to a running service is started at the next scan; the service hears of it at its next start", () => {
    const world = new World().has("foo").begin();
    world.has("foo/log").control("a");
    expect(world.names()).toEqual(["foo", "foo/log"]);
    expect(world.at("foo").pipe).toBeNull();
    world.wait(2000);
    world.dies("foo");
    expect(world.at("foo").pipe).toBe(world.at("foo/log").pipe);
  });

  test("removed from a running service: warning, and the logger is inactive", () => {
    const world = pair();
    const entry = world.entries.get("foo") ?? { dev: 0, ino: 0 };
    world.entries.set("foo", { dev: entry.dev, ino: entry.ino });
    world.control("a");
    expect(world.warnings).toEqual(["logger foo/log has been moved"]);
    expect(world.ends("foo")).toBe("writeread");
    world.control("n");
    expect(world.at("foo").signals).toEqual([]);
    expect(world.at("foo/log").signals).toEqual(["hup"]);
    world.wait(2000);
    world.dies("foo");
    expect(world.at("foo").pipe).toBeNull();
    expect(world.ends("foo/log")).toBe("read");
  });

  test("that comes back while both still share the pipe is paired again", () => {
    const world = pair();
    const entry = world.entries.get("foo") ?? { dev: 0, ino: 0 };
    const birth = world.at("foo").pipeBirth;
    world.entries.set("foo", { dev: entry.dev, ino: entry.ino });
    world.control("a");
    world.entries.set("foo", entry);
    world.control("a");
    world.wait(2000);
    world.dies("foo");
    expect(world.at("foo").pipeBirth).toBe(birth);
  });

  test("that comes back after the service was started without it waits for the old logger; the service goes on", () => {
    const world = pair();
    const entry = world.entries.get("foo") ?? { dev: 0, ino: 0 };
    world.entries.set("foo", { dev: entry.dev, ino: entry.ino });
    world.control("a");
    world.wait(2000);
    world.dies("foo");
    world.entries.set("foo", entry);
    world.control("an");
    expect(world.at("foo").signals).toEqual([]);
    expect(world.at("foo/log").signals).toEqual(["hup"]);
    world.wait(2000);
    world.dies("foo/log");
    expect(world.names()).toEqual(["foo", "foo/log"]);
    expect(world.ends("foo/log")).toBe("writeread");
  });

  test("replaced by another one is started with a pipe of its own", () => {
    const world = pair();
    const old = world.at("foo/log").ino;
    world.has("foo/log").control("an");
    const loggers = [...world.live.values()].filter(({ kind }) => kind === "logger");
    expect(loggers.map(({ ino, signals }) => [ino === old, ...signals])).toEqual([[true, "hup"], [false]]);
  });

  test("that belongs to two services is the first one's; the second waits outside", () => {
    const world = pair();
    const log = world.entries.get("foo")?.log;
    world.has("bar");
    const bar = world.entries.get("bar");
    if (bar !== undefined && log !== undefined) world.entries.set("bar", { ...bar, log });
    world.control("a");
    expect(world.names()).toEqual(["foo", "foo/log"]);
    expect(world.warnings).toEqual([expect.stringContaining("bar/log already has another place")]);
  });

  test("that is a service itself stays a service", () => {
    const world = new World().has("bar", "foo").begin();
    const [foo, bar] = [world.entries.get("foo"), world.entries.get("bar")];
    if (foo !== undefined && bar !== undefined) world.entries.set("foo", { ...foo, log: bar });
    world.control("an");
    expect(world.names()).toEqual(["bar", "foo"]);
    expect(world.at("bar").signals).toEqual([]);
    expect(world.warnings).toHaveLength(1);
  });

  test("that was a service waits until that service is gone", () => {
    const world = new World().has("bar", "foo").begin();
    const [foo, bar] = [world.entries.get("foo"), world.entries.get("bar")];
    world.entries.delete("bar");
    if (foo !== undefined && bar !== undefined) world.entries.set("foo", { ...foo, log: bar });
    world.control("an");
    expect(world.at("foo").signals).toEqual([]);
    expect(world.at("bar").signals).toEqual(["term"]);
    world.dies("bar");
    expect(world.names()).toEqual(["foo", "foo/log"]);
  });

  test("of s6-svscan-log is ignored", () => {
    const world = new World().has("s6-svscan-log/log").begin();
    expect(world.names()).toEqual(["s6-svscan-log"]);
    expect(world.at("s6-svscan-log").kind).toBe("special");
  });
});
