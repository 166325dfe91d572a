import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { isEndNeeded } from "../../src/machines/scanner/state.ts";
import { World } from "./scanner-world.ts";

/** What may happen to the world: every number picks one of the present possibilities. */
type Happening =
  | { readonly what: "place"; readonly name: string; readonly dir: number; readonly log: number | null }
  | { readonly what: "remove"; readonly name: string }
  | { readonly what: "control"; readonly bytes: string }
  | { readonly what: "dies" | "nulls"; readonly pick: number }
  | { readonly what: "wait"; readonly ms: number }
  | { readonly what: "pipes"; readonly fail: boolean }
  | { readonly what: "scans"; readonly fail: boolean };

const name = fc.constantFrom("a", "b", "c", "s6-svscan-log");
const dir = fc.nat(5);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant("place" as const), name, dir, log: fc.option(dir) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("remove" as const), name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("control" as const),
      bytes: fc.string({ unit: fc.constantFrom("a", "h", "n", "N", "z"), minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom("dies" as const, "nulls" as const), pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 70_000 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom("pipes" as const, "scans" as const), fail: fc.boolean() }) },
);

const identity = (ino: number) => ({ dev: 7, ino });

function happen(world: World, it: Happening): void {
  switch (it.what) {
    case "place":
      world.entries.set(it.name, { ...identity(it.dir), ...(it.log === null ? {} : { log: identity(it.log) }) });
      return;
    case "remove":
      world.entries.delete(it.name);
      return;
    case "control":
      return world.control(it.bytes);
    case "dies":
    case "nulls": {
      const names = [...world.live.values()];
      const chosen = names[it.pick % Math.max(names.length, 1)];
      if (chosen === undefined) return;
      if (it.what === "nulls") chosen.nulled = true;
      return world.tell({ type: it.what === "dies" ? "supervisor.exited" : "supervisor.nulled", slot: chosen.slot });
    }
    case "wait":
      return world.wait(it.ms);
    case "pipes":
      world.pipeFailure = it.fail ? "Too many open files" : undefined;
      return;
    case "scans":
      world.scanFailure = it.fail ? "Input/output error" : undefined;
      return;
  }
}

/** The world itself throws when a directory is supervised twice, a pipe opened twice or used with an end missing. */
function check(world: World): void {
  for (const supervisor of world.live.values()) {
    const service = world.state.services[supervisor.slot];
    expect(service).toMatchObject({ alive: true, held: supervisor.pipe, dev: supervisor.dev, ino: supervisor.ino });
    if (supervisor.pipe === null || supervisor.nulled) continue;
    const end = supervisor.kind === "logger" ? "read" : "write";
    expect(world.pipes.get(supervisor.pipe), `${end} end of ${supervisor.name}`).toMatchObject({
      [end]: true,
      birth: supervisor.pipeBirth,
    });
  }
  expect(world.state.services.filter((service) => service?.alive === true)).toHaveLength(world.live.size);
  for (const pipe of world.state.pipes) {
    if (pipe === undefined) continue;
    expect(world.pipes.get(pipe.id)).toMatchObject({ write: pipe.write, read: pipe.read });
    for (const end of ["write", "read"] as const) expect(isEndNeeded(world.state, pipe, end)).toBe(pipe[end]);
  }
}

const story = fc.array(happening, { maxLength: 40 });

describe("after any sequence of happenings", () => {
  test.prop([story], { numRuns: 1500 })("one supervisor per directory, and every pipe end as long as it has a use", (happenings) => {
    const world = new World({ maxServices: 5, maxDescriptors: 29 }).begin();
    for (const it of happenings) {
      happen(world, it);
      check(world);
    }
  });

  test.prop([story])("no half is started on a new pipe while an inactive one still lives on its old one", (happenings) => {
    const world = new World().begin();
    for (const it of happenings) {
      const stranded = world.state.services.filter(
        (service) =>
          service !== undefined && !service.active && service.alive && service.held !== null &&
          !(world.pipes.get(service.held)?.write === true && world.pipes.get(service.held)?.read === true),
      );
      happen(world, it);
      for (const service of stranded) {
        const now = service === undefined ? undefined : world.state.services[service.slot];
        if (service === undefined || now === undefined || !now.alive || now.ino !== service.ino || it.what === "dies") continue;
        expect(now).toMatchObject({ active: false, held: service.held });
      }
    }
  });

  test.prop([story, fc.constantFrom("t", "q", "i", "ht", "aht", "tb", "b")])("an end always comes", (happenings, bytes) => {
    const world = new World().begin();
    for (const it of happenings) happen(world, it);
    world.control(bytes);
    for (const name of world.names()) {
      expect(world.at(name).signals.length > 0 || bytes === "b").toBe(true);
    }
    for (const { slot } of [...world.live.values()]) world.tell({ type: "supervisor.exited", slot });
    expect(world.finished).toBe(true);
    expect(world.deadline).toBeNull();
    if (bytes !== "b") expect(world.pipes.size).toBe(0);
  });

  test.prop([story])("a directory that is there is supervised in the end", (happenings) => {
    const world = new World().begin();
    for (const it of happenings) happen(world, it);
    world.scanFailure = undefined;
    world.pipeFailure = undefined;
    world.entries.clear();
    world.control("aN");
    for (const { slot } of [...world.live.values()]) world.tell({ type: "supervisor.exited", slot });
    world.has("x", "y/log").control("a");
    world.wait(2000);
    expect(world.names()).toEqual(["x", "y", "y/log"]);
  });
});
