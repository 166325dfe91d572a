import { describe, expect, it } from "vitest";
import {
  describeStatus,
  type Snapshot,
  STATUS_FIELDS,
  type StatusField,
  statusRecord,
} from "../../src/cli/status-fields.ts";
import type { ServiceStatus } from "../../src/formats/status.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { exitStatus, signalStatus } from "../../src/formats/wait-status.ts";

const NOW = 1_800_000_000;
const ago = (seconds: number): ServiceStatus["changedAt"] => tainFromUnix(NOW - seconds, 0);

const base: ServiceStatus = {
  changedAt: ago(7),
  readyAt: ago(3),
  pid: 0,
  waitStatus: 0,
  paused: false,
  finishing: false,
  wantedUp: false,
  ready: false,
};
const snapshot = (status: Partial<ServiceStatus>, normallyUp = true): Snapshot => ({
  status: { ...base, ...status },
  normallyUp,
  now: tainFromUnix(NOW, 500_000_000),
});

const up = { pid: 42, wantedUp: true };
const down = { pid: 0, ready: true };
const finishing = { pid: 43, finishing: true, wantedUp: true, waitStatus: exitStatus(3) };
const notStarted = { pid: 0, paused: true, ready: true };

describe("the line for people", () => {
  it.each([
    ["up", snapshot(up), "up (pid 42 pgid 42) 7 seconds"],
    ["up and ready", snapshot({ ...up, ready: true }), "up (pid 42 pgid 42) 7 seconds, ready 3 seconds"],
    [
      "up, against everybody's wish",
      snapshot({ ...up, wantedUp: false, paused: true, ready: true }, false),
      "up (pid 42 pgid 42) 7 seconds, normally down, paused, want down, ready 3 seconds",
    ],
    ["down", snapshot(down, false), "down (exitcode 0) 7 seconds, ready 3 seconds"],
    [
      "down, about to come back",
      snapshot({ ...down, wantedUp: true, waitStatus: exitStatus(100) }),
      "down (exitcode 100) 7 seconds, normally up, want up, ready 3 seconds",
    ],
    [
      "killed",
      snapshot({ ...down, waitStatus: signalStatus(15) }, false),
      "down (signal SIGTERM) 7 seconds, ready 3 seconds",
    ],
    [
      "dumped",
      snapshot({ ...down, waitStatus: signalStatus(6) | 0x80 }, false),
      "down (signal SIGABRT) 7 seconds, ready 3 seconds",
    ],
    ["finishing", snapshot(finishing), "down (exitcode 3) 7 seconds, normally up, want up"],
    ["not started", snapshot({ ...notStarted, wantedUp: true }), "down (not started yet) , normally up, want up"],
    ["in the future", snapshot({ ...up, changedAt: ago(-60) }), "up (pid 42 pgid 42) 0 seconds"],
  ])("says: %s", (_, of, line) => {
    expect(describeStatus(of, false)).toBe(line);
  });

  it("shows the number of a signal on demand", () => {
    expect(describeStatus(snapshot({ ...down, waitStatus: signalStatus(9) }, false), true)).toBe(
      "down (signal 9) 7 seconds, ready 3 seconds",
    );
  });
});

describe("the fields", () => {
  const all = (of: Snapshot): Record<string, string> =>
    Object.fromEntries(
      Object.keys(STATUS_FIELDS).filter((field) => !field.endsWith("since"))
        .map((field) => [field, STATUS_FIELDS[field as StatusField](of)]),
    );

  it("are those of a running service", () => {
    expect(all(snapshot({ ...up, ready: true, paused: true, waitStatus: signalStatus(9) }))).toEqual({
      up: "true", wantedup: "true", normallyup: "true", ready: "true", paused: "true", pid: "42", pgid: "42",
      exitcode: "-1", signal: "NA", signum: "-1", updownfor: "7", readyfor: "3",
    });
  });

  it("call a service that is completely down not ready", () => {
    expect(all(snapshot({ ...down, waitStatus: exitStatus(5) }, false))).toEqual({
      up: "false", wantedup: "false", normallyup: "false", ready: "false", paused: "false", pid: "-1", pgid: "-1",
      exitcode: "5", signal: "NA", signum: "-1", updownfor: "7", readyfor: "3",
    });
  });

  it("hide the pid of ./finish", () => {
    expect(all(snapshot({ ...finishing, waitStatus: signalStatus(17) }))).toMatchObject({
      up: "false", pid: "-1", exitcode: "-1", signal: "SIGCHLD", signum: "17",
    });
  });

  it("know no death of a service that has not been started", () => {
    expect(all(snapshot(notStarted))).toMatchObject({ paused: "false", exitcode: "-1", signal: "NA", signum: "-1" });
  });

  it("name a signal without name", () => {
    expect(all(snapshot({ ...down, waitStatus: signalStatus(40) }))).toMatchObject({ signal: "SIG???", signum: "40" });
  });

  it("print stamps as TAI64N, none later than now for the change", () => {
    const { updownsince, readysince } = STATUS_FIELDS;
    expect(updownsince(snapshot(up))).toBe(`@${ago(7)}`);
    expect(readysince(snapshot(up))).toBe(`@${ago(3)}`);
    expect(updownsince(snapshot({ ...up, changedAt: ago(-60) }))).toBe(`@${tainFromUnix(NOW, 500_000_000)}`);
  });
});

describe("the record", () => {
  it("has null for what does not apply", () => {
    expect(statusRecord("dir", snapshot({ ...up, ready: true }))).toEqual({
      servicedir: "dir", supervised: true, up: true, ready: true, wantedup: true, normallyup: true, paused: false,
      finishing: false, started: true, pid: 42, pgid: 42, exitcode: null, signal: null, signum: null,
      updownsince: `@${ago(7)}`, updownfor: 7, readysince: `@${ago(3)}`, readyfor: 3,
    });
    expect(statusRecord("dir", snapshot(finishing))).toMatchObject({
      up: false, finishing: true, started: true, pid: null, pgid: null, exitcode: 3, signal: null, signum: null,
    });
    expect(statusRecord("dir", snapshot({ ...down, waitStatus: signalStatus(15) }))).toMatchObject({
      up: false, ready: false, exitcode: null, signal: "SIGTERM", signum: 15,
    });
    expect(statusRecord("dir", snapshot(notStarted))).toMatchObject({ started: false, exitcode: null, signal: null });
  });
});
