import { describe, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import type { SupervisorSpec } from "../../src/actors/protocol.ts";
import { ScannerActor, type ScannerPorts } from "../../src/actors/scanner-actor.ts";
import { DEFAULT_CONFIG } from "../../src/machines/scanner/state.ts";
import { SystemError } from "../../src/sys/errors.ts";

const READ_END = 70;
const WRITE_END = 71;
const CONSOLE = 9;

function world(changes: Partial<ScannerPorts> = {}) {
  const started: SupervisorSpec[] = [];
  const warnings: string[] = [];
  const done: string[] = [];
  const identified: string[][] = [];
  const ports: ScannerPorts = {
    now: () => ({ at: tainFromUnix(1_700_000_000, 0), ms: 1000 }),
    readScandir: () => ({
      entries: [
        { name: "a", dev: 1, ino: 1 },
        { name: "b", dev: 1, ino: 2, log: { dev: 1, ino: 3 } },
        { name: "s6-svscan-log", dev: 1, ino: 4 },
      ],
      problems: [],
    }),
    pipes: {
      open: (opened) => ({ opened: opened.map(({ id }) => id), failed: [], reason: "" }),
      fd: (_id, end) => (end === "read" ? READ_END : WRITE_END),
      close: (id, end) => void done.push(`close ${end} of ${id}`),
    },
    identify: (services) => void identified.push(services.map(({ name }) => name)),
    identityOf: (slot) => ({ serviceId: slot + 100, pointer: null }),
    forget: (slot) => void done.push(`forget ${slot}`),
    startSupervisor: (spec) => void started.push(spec),
    watchEnds: (slot, watch) => void done.push(`watch ${slot} ${watch}`),
    signalSupervisor: (slot, signal) => void done.push(`${signal} ${slot}`),
    runSignalFile: () => false,
    reap: () => void done.push("reap"),
    setDeadline: (atMs) => void done.push(`deadline ${atMs}`),
    releaseStdio: () => void done.push("release"),
    warn: (text) => void warnings.push(text),
    testUpgrade: () => void done.push("test"),
    reexec: () => void done.push("reexec"),
    finish: () => void done.push("finish"),
    consoleFd: CONSOLE,
    ...changes,
  };
  return { actor: new ScannerActor(DEFAULT_CONFIG, ports), started, warnings, done, identified };
}

describe("the shell of the scanner", () => {
  test("gives each supervisor the descriptors of its kind", () => {
    const { actor, started } = world();
    actor.receive({ type: "scanner.started" });
    const stdio = Object.fromEntries(started.map(({ name, stdin, stdout, stderr }) => [name, [stdin, stdout, stderr]]));
    expect(stdio).toEqual({
      a: [0, 1, 2],
      b: [0, WRITE_END, 2],
      "b/log": [READ_END, 1, 2],
      "s6-svscan-log": [0, 1, CONSOLE],
    });
    expect(started.map(({ slot, serviceId }) => serviceId === slot + 100)).not.toContain(false);
  });

  test("asks for ids once per round of starts, before any of them", () => {
    const { actor, identified } = world();
    actor.receive({ type: "scanner.started" });
    expect(identified.map((names) => [...names].sort())).toEqual([["a", "s6-svscan-log"], ["b", "b/log"]]);
  });

  test("a supervisor that cannot even be handed over is told about, and tried again", () => {
    const { actor, warnings, done } = world({
      startSupervisor: () => {
        throw new RangeError("no slot left");
      },
    });
    actor.receive({ type: "scanner.started" });
    expect(warnings.every((text) => text.includes("no slot left"))).toBe(true);
    expect(warnings).toHaveLength(4);
    expect(done.at(-1)).toBe("deadline 2000");
  });

  test("a scan directory that cannot be read is a failed scan", () => {
    const { actor, warnings, done } = world({
      readScandir: () => {
        throw new SystemError("readdir", ".", "EMFILE");
      },
    });
    actor.receive({ type: "scanner.started" });
    expect(warnings).toEqual([expect.stringContaining("Too many open files")]);
    expect(done).toEqual(["deadline 6000"]);
  });

  test("a bug in an effect stops neither the other effects nor the next fact", () => {
    const { actor, warnings, done } = world({
      signalSupervisor: () => {
        throw new Error("a bug");
      },
    });
    actor.receive({ type: "scanner.started" });
    actor.receive({ type: "signal.received", signal: "TERM" });
    actor.receive({ type: "round.over" });
    expect(warnings.length).toBe(4);
    for (const slot of [0, 1, 2, 3]) actor.receive({ type: "supervisor.exited", slot });
    expect(done).toContain("finish");
  });

  test("mail that comes while a fact is being taken waits for its turn", () => {
    const { actor, started, done } = world({
      startSupervisor: (spec) => {
        started.push(spec);
        actor.receive({ type: "supervisor.nulled", slot: spec.slot });
        done.push(`started ${spec.name}`);
      },
    });
    actor.receive({ type: "scanner.started" });
    expect(started).toHaveLength(4);
  });
});
