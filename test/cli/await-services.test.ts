import { describe, expect, it } from "vitest";
import { ExitError } from "../../src/cli/failures.ts";
import { type Awaited, phasesOf } from "../../src/cli/awaited.ts";
import { waitForServices } from "../../src/cli/await-services.ts";
import { encodeStatus } from "../../src/formats/status.ts";
import { tainFromUnix } from "../../src/formats/tain.ts";
import * as realSys from "../../src/sys/real-sys.ts";
import type { Sys } from "../../src/sys/sys.ts";

const NOW = tainFromUnix(1_800_000_000, 0);
const STATES = {
  down: { pid: 0, ready: false },
  completelyDown: { pid: 0, ready: true },
  up: { pid: 7, ready: false },
  upAndReady: { pid: 7, ready: true },
} as const;
const SIGNAL_FD = 3;

interface Stage {
  /** Of each service, when the wait begins. */
  readonly states: readonly (keyof typeof STATES)[];
  /** What the fifodirs say, in this order: the service's number, then letters that come in one piece. */
  readonly script: readonly (readonly [service: number, letters: string])[];
}

/** A system whose fifodirs follow a script, and whose time is over when the script is. */
function stage({ states, script }: Stage): { readonly sys: Sys; readonly log: string[]; left(): number } {
  const log: string[] = [];
  const rest = [...script];
  const sys: Sys = {
    ...realSys,
    tryMakeFifodir: (path) => (log.push(`make ${path}`), true),
    subscribe(fifodir) {
      log.push(`subscribe ${fifodir}`);
      const number = Number(fifodir.split("/")[0]);
      return {
        fd: 10 + number,
        fds: [10 + number],
        path: fifodir,
        read: () => Buffer.from(rest.shift()?.[1] ?? ""),
        close: () => void log.push(`close ${fifodir}`),
      };
    },
    readFile(path) {
      log.push(`read ${String(path)}`);
      const { pid, ready } = STATES[states[Number(String(path).split("/")[0])] ?? "down"];
      const flags = { paused: false, finishing: false, wantedUp: true };
      return encodeStatus({ ...flags, changedAt: NOW, readyAt: NOW, pid, ready, waitStatus: 0 });
    },
    trapSignals: () => ({ fd: SIGNAL_FD, read: () => undefined, close: () => void log.push("close signals") }),
    pollReadable: () => rest.slice(0, 1).map(([service]) => 10 + service),
    monotonicMs: () => 0,
  };
  return { sys, log, left: () => rest.length };
}

function wait(scene: Stage, awaited: Awaited, any = false, completely = false): unknown {
  const { sys, left } = stage(scene);
  const servicedirs = scene.states.map((_, index) => String(index));
  try {
    waitForServices(sys, { servicedirs, phases: phasesOf(awaited, any, completely), timeoutMs: 1000 });
    return { exitCode: 0, left: left() };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { exitCode: error.exitCode, left: left() };
  }
}

describe("waiting", () => {
  it("subscribes, then reads the status, then triggers, and in the end unsubscribes", () => {
    const { sys, log } = stage({ states: ["up", "up"], script: [[0, "dD"], [1, "dD"]] });
    waitForServices(sys, {
      servicedirs: ["0", "1"],
      phases: phasesOf("D", false, false),
      timeoutMs: undefined,
      trigger: () => void log.push("trigger"),
    });
    expect(log).toEqual([
      "make 0/event", "subscribe 0/event", "read 0/supervise/status",
      "make 1/event", "subscribe 1/event", "read 1/supervise/status",
      "trigger", "close 0/event", "close 1/event", "close signals",
    ]);
  });

  it("unsubscribes when it fails, too", () => {
    const { sys, log } = stage({ states: ["up"], script: [] });
    const fails = { servicedirs: ["0"], phases: phasesOf("d", false, false), timeoutMs: 1 };
    expect(() => waitForServices(sys, fails)).toThrow(new ExitError(99, "timed out"));
    expect(log.slice(-2)).toEqual(["close 0/event", "close signals"]);
  });

  it.each([
    ["up", "u", [], 0],
    ["down", "u", [[0, "u"]], 0],
    ["up", "U", [[0, "U"]], 0],
    ["up", "D", [[0, "d"], [0, "D"]], 0],
    ["up", "D", [[0, "dD"]], 0],
    ["up", "D", [[0, "d"]], 99],
    ["completelyDown", "D", [], 0],
    ["upAndReady", "U", [], 0],
    ["up", "U", [[0, "d"], [0, "OD"]], 1],
    ["up", "D", [[0, "d"], [0, "OD"]], 0],
    ["up", "d", [[0, "x"]], 1],
    ["down", "u", [[0, "s"]], 99],
  ] as const)("from %s for -%s, hearing %j: %d", (state, awaited, script, exitCode) => {
    expect(wait({ states: [state], script }, awaited)).toMatchObject({ exitCode });
  });

  it("stops at the first letter that makes it true, though others follow in the same piece", () => {
    expect(wait({ states: ["down"], script: [[0, "ud"]] }, "u")).toMatchObject({ exitCode: 0 });
  });

  it("finds the whole of a restart in one piece", () => {
    expect(wait({ states: ["up"], script: [[0, "dDu"]] }, "r")).toEqual({ exitCode: 0, left: 0 });
    expect(wait({ states: ["upAndReady"], script: [[0, "dDuU"]] }, "R")).toEqual({ exitCode: 0, left: 0 });
  });

  it("for a restart that it starts itself, waits for the end of ./finish", () => {
    const script = [[0, "d"], [0, "u"]] as const;
    expect(wait({ states: ["up"], script }, "r", false, false)).toMatchObject({ exitCode: 0 });
    expect(wait({ states: ["up"], script }, "r", false, true)).toMatchObject({ exitCode: 99 });
  });

  it("takes a restart that fails in its first half for failed", () => {
    expect(wait({ states: ["up"], script: [[0, "x"]] }, "R")).toMatchObject({ exitCode: 1 });
  });

  it("counts a failed service once, and waits for the others", () => {
    const script = [[0, "dOD"], [0, "udOD"], [1, "u"]] as const;
    expect(wait({ states: ["up", "down"], script }, "U")).toMatchObject({ exitCode: 99, left: 0 });
    expect(wait({ states: ["up", "down"], script: [...script, [1, "U"]] }, "U")).toEqual({ exitCode: 1, left: 0 });
    expect(wait({ states: ["up", "up"], script: [[0, "OD"], [1, "OD"]] }, "U")).toMatchObject({ exitCode: 2 });
  });

  it("never lets many failures look like success", () => {
    const states = Array.from({ length: 256 }, () => "up" as const);
    const script = states.map((_, service) => [service, "x"] as const);
    expect(wait({ states, script }, "U")).toEqual({ exitCode: 255, left: 0 });
  });

  it("for any of several is content with one", () => {
    expect(wait({ states: ["down", "down"], script: [[1, "u"], [0, "u"]] }, "u", true)).toEqual({ exitCode: 0, left: 1 });
  });
});
