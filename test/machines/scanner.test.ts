import { describe, expect, test } from "vitest";
import { DIVERTED_SIGNALS } from "../../src/machines/scanner/facts.ts";
import { World } from "./scanner-world.ts";

describe("scanning", () => {
  test("the first scan starts a supervisor for every directory, and one for each logger", () => {
    const world = new World().has("a", "b/log").begin();
    expect(world.names()).toEqual(["a", "b", "b/log"]);
    expect(world.at("b").kind).toBe("service");
    expect(world.at("b/log").kind).toBe("logger");
    expect(world.at("b").pipe).toBe(world.at("b/log").pipe);
    expect(world.at("a").pipe).toBeNull();
  });

  test("a scan on demand starts what is new and nothing else", () => {
    const world = new World().has("a").begin();
    world.has("b").control("a");
    expect(world.starts).toEqual(["a", "b"]);
    world.signal("ALRM");
    expect(world.scans).toBe(3);
    expect(world.starts).toEqual(["a", "b"]);
  });

  test("several requests of one round are one scan", () => {
    const world = new World().begin();
    world.control("aah");
    expect(world.scans).toBe(2);
  });

  test("no period, no timer", () => {
    expect(new World().has("a").begin().deadline).toBeNull();
  });

  test("with a period it scans again and again", () => {
    const world = new World({ scanPeriodMs: 200 }).begin();
    world.has("a").wait(1000);
    expect(world.scans).toBe(6);
    expect(world.names()).toEqual(["a"]);
  });

  test("a vanished entry keeps running until it is pruned", () => {
    const world = new World().has("a", "b").begin();
    world.entries.delete("a");
    world.control("a");
    expect(world.names()).toEqual(["a", "b"]);
    world.control("n");
    expect(world.at("a").signals).toEqual(["term"]);
    expect(world.at("b").signals).toEqual([]);
    world.dies("a");
    world.wait(5000);
    expect(world.names()).toEqual(["b"]);
  });

  test("a prune knows the last scan only", () => {
    const world = new World().has("a").begin();
    world.entries.clear();
    world.control("n");
    expect(world.at("a").signals).toEqual([]);
  });

  test.for(["h", "an", "na"])("%s prunes after its scan", (bytes) => {
    const world = new World().has("a").begin();
    world.entries.clear();
    world.control(bytes);
    expect(world.at("a").signals).toEqual(["term"]);
  });

  test("a renamed directory keeps its supervisor; the new name counts at its next start", () => {
    const world = new World().has("old").begin();
    const entry = world.entries.get("old");
    world.entries.clear();
    if (entry !== undefined) world.entries.set("new", entry);
    world.control("an");
    expect(world.names()).toEqual(["old"]);
    expect(world.at("old").signals).toEqual([]);
    world.ms += 5000;
    world.dies("old");
    expect(world.names()).toEqual(["new"]);
  });

  test("two names of one directory are one service, under the name it had", () => {
    const world = new World().has("a").begin();
    const entry = world.entries.get("a") ?? { dev: 0, ino: 0 };
    world.entries.clear();
    world.entries.set("alias", entry).set("a", entry);
    world.control("a");
    world.ms += 5000;
    world.dies("a");
    expect(world.names()).toEqual(["a"]);
  });
});

describe("trouble in a scan", () => {
  test("a scan that fails keeps the active set and comes again after 5 s", () => {
    const world = new World().has("a").begin();
    world.scanFailure = "Permission denied";
    world.control("an");
    expect(world.deadline).toBe(world.ms + 5000);
    expect(world.warnings.at(-1)).toContain("Permission denied");
    world.ms += 2000;
    world.dies("a");
    expect(world.names()).toEqual(["a"]);
  });

  test("a prune waits for a scan that succeeds", () => {
    const world = new World().has("a").begin();
    world.scanFailure = "Too many open files";
    world.entries.clear();
    world.control("h");
    expect(world.at("a").signals).toEqual([]);
    world.scanFailure = undefined;
    world.wait(5000);
    expect(world.at("a").signals).toEqual(["term"]);
  });

  test("an entry that cannot be looked at is skipped alone, and looked at again after 4 s", () => {
    const world = new World().has("good");
    world.problems.push({ name: "dangling", reason: "No such file or directory" });
    world.begin();
    expect(world.names()).toEqual(["good"]);
    expect(world.warnings).toEqual(["unable to stat dangling, skipping it: No such file or directory"]);
    expect(world.deadline).toBe(world.ms + 4000);
    world.has("later").wait(4000);
    expect(world.names()).toEqual(["good", "later"]);
    expect(world.warnings).toHaveLength(1);
    world.control("a");
    expect(world.warnings).toHaveLength(2);
    world.problems.length = 0;
    world.wait(8000);
    expect(world.deadline).toBeNull();
  });

  test("a service whose entry cannot be looked at stays active, with its logger", () => {
    const world = new World().has("a/log").begin();
    world.entries.clear();
    world.problems.push({ name: "a", reason: "Input/output error" });
    world.control("an");
    expect(world.at("a").signals).toEqual([]);
    expect(world.at("a/log").signals).toEqual([]);
    world.problems.splice(0, 1, { name: "a/log", reason: "Input/output error" });
    world.control("an");
    expect(world.at("a/log").signals).toEqual([]);
  });

  test("what exceeds the maximum is refused alone and tried again after 60 s", () => {
    const world = new World({ maxServices: 4 }).has("a", "b", "c/log", "d", "e").begin();
    expect(world.names()).toEqual(["a", "b", "c", "c/log"]);
    expect(world.warnings).toHaveLength(1);
    expect(world.warnings[0]).toContain("d, e");
    expect(world.deadline).toBe(world.ms + 60_000);
    world.entries.delete("a");
    world.control("an");
    world.dies("a");
    world.wait(1000);
    expect(world.names()).toEqual(["b", "c", "c/log", "d"]);
  });

  test("a pair for which there is room for one half only is refused whole", () => {
    const world = new World({ maxServices: 4 }).has("a", "b", "c", "d/log").begin();
    expect(world.names()).toEqual(["a", "b", "c"]);
  });

  test("what exceeds the descriptors is refused alone, with a word about the limit", () => {
    const world = new World({ maxDescriptors: 11 }).has("a", "b/log", "c").begin();
    expect(world.names()).toEqual(["a", "b", "b/log"]);
    expect(world.warnings).toEqual([expect.stringContaining("open files limit leaves 11 descriptors")]);
    expect(world.warnings[0]).toContain("not starting c ");
  });

  test("names are measured in bytes, and long ones skipped with a warning at each scan that somebody wanted", () => {
    const world = new World({ maxNameBytes: 11 }).has("elevenbytes", "twelve-bytes", "éééééé").begin();
    expect(world.names()).toEqual(["elevenbytes"]);
    expect(world.warnings).toHaveLength(2);
    expect(world.deadline).toBeNull();
    world.control("a");
    expect(world.warnings).toHaveLength(4);
  });

  test("a pair whose pipe cannot be made is not started at all, and tried again after 3 s", () => {
    const world = new World().has("a", "b/log");
    world.pipeFailure = "Too many open files";
    world.begin();
    expect(world.names()).toEqual(["a"]);
    expect(world.deadline).toBe(world.ms + 3000);
    world.pipeFailure = undefined;
    world.wait(3000);
    expect(world.names()).toEqual(["a", "b", "b/log"]);
  });
});

describe("restarting", () => {
  test("a supervisor that died young comes back one second after its own start", () => {
    const world = new World().has("a").begin();
    world.wait(300);
    world.dies("a");
    expect(world.names()).toEqual([]);
    expect(world.deadline).toBe(world.ms + 700);
    world.wait(700);
    expect(world.names()).toEqual(["a"]);
  });

  test("one that lived longer comes back at once", () => {
    const world = new World().has("a").begin();
    world.wait(1001);
    world.dies("a");
    expect(world.names()).toEqual(["a"]);
  });

  test("one that cannot begin is tried again every second", () => {
    const world = new World().has("a").begin();
    for (let time = 0; time < 3; time++) {
      world.tell({ type: "supervisor.failed", slot: 0 });
      world.wait(1000);
    }
    expect(world.starts).toHaveLength(4);
  });
});

describe("who gets which signal", () => {
  test.for([
    { bytes: "n", logger: "hup" },
    { bytes: "h", logger: "hup" },
    { bytes: "N", logger: "term" },
    { bytes: "nN", logger: "term" },
    { bytes: "t", logger: "hup" },
    { bytes: "i", logger: "hup" },
    { bytes: "q", logger: "term" },
    { bytes: "tq", logger: "term" },
  ])("$bytes: TERM for services, $logger for loggers and for s6-svscan-log", ({ bytes, logger }) => {
    const world = new World().has("a/log", "s6-svscan-log").begin();
    world.entries.clear();
    world.control("a");
    world.control(bytes);
    expect(world.at("a").signals).toEqual(["term"]);
    expect(world.at("a/log").signals).toEqual([logger]);
    expect(world.at("s6-svscan-log").signals).toEqual([logger]);
  });

  test.for([
    { signal: "HUP", scans: 2, signals: ["term"] },
    { signal: "ALRM", scans: 2, signals: [] },
    { signal: "TERM", scans: 1, signals: ["term"] },
    { signal: "INT", scans: 1, signals: ["term"] },
    { signal: "QUIT", scans: 1, signals: ["term"] },
    { signal: "USR1", scans: 1, signals: [] },
    { signal: "USR2", scans: 1, signals: [] },
    { signal: "PWR", scans: 1, signals: [] },
    { signal: "WINCH", scans: 1, signals: [] },
  ] as const)("SIG$signal by default", ({ signal, scans, signals }) => {
    const world = new World().has("a").begin();
    world.entries.clear();
    world.signal(signal);
    expect(world.scans).toBe(scans);
    expect(world.at("a").signals).toEqual(signals);
  });

  test.for(DIVERTED_SIGNALS)("SIG%s does nothing by itself when its file runs", (signal) => {
    const world = new World().has("a").begin();
    world.entries.clear();
    world.signalFiles.add(signal);
    world.signal(signal);
    expect(world.scans).toBe(1);
    expect(world.at("a").signals).toEqual([]);
    expect(world.effects).toContainEqual({ type: "runSignalFile", signal });
  });

  test("ALRM, ABRT, CHLD and the control bytes are never diverted", () => {
    const world = new World().has("a").begin();
    for (const signal of ["ALRM", "ABRT", "CHLD", "TERM", "HUP"] as const) world.signalFiles.add(signal);
    world.signal("CHLD", "ALRM");
    world.control("ht");
    world.signal("ABRT");
    expect(world.effects.filter(({ type }) => type === "runSignalFile")).toEqual([]);
  });

  test("z and SIGCHLD reap", () => {
    const world = new World().begin();
    world.control("z");
    world.signal("CHLD");
    expect(world.reaps).toBe(2);
  });

  test("an unknown byte is named and disturbs no other", () => {
    const world = new World().has("a").begin();
    world.control("?\n0a");
    expect(world.warnings).toEqual(["unknown control byte: ?", "unknown control byte: 0x0a", "unknown control byte: 0"]);
    expect(world.scans).toBe(2);
  });
});
