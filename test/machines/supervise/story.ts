import { signalName } from "../../../src/formats/signals.ts";
import { tainFromUnix } from "../../../src/formats/tain.ts";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import type { Clocks, Fact } from "../../../src/machines/supervise/facts.ts";
import { start, stateName, step, type SuperviseState } from "../../../src/machines/supervise/step.ts";

/** Facts without their clocks: a story gives them those. */
export type Happening = Fact extends infer F ? (F extends Clocks ? Omit<F, "at" | "ms"> : never) : never;

export const RUN_PID = 42;
export const FINISH_PID = 43;
export const stampAt = (ms: number) => tainFromUnix(1_700_000_000 + Math.floor(ms / 1000), (ms % 1000) * 1e6);
export const factAt = (ms: number, happening: Happening): Fact => ({ ...happening, at: stampAt(ms), ms }) as Fact;

export const started: Happening = { type: "supervisor.started" };
export const spawned: Happening = { type: "run.spawned", pid: RUN_PID, notifies: true, pidfile: false };
export const notified: Happening = { type: "run.notified" };
export const killed: Happening = { type: "run.died", waitStatus: 9, maxDeaths: 100 };
export const finishSpawned: Happening = { type: "finish.spawned", pid: FINISH_PID, timeoutMs: 5000 };
export const finishDied: Happening = { type: "finish.died", waitStatus: 0 };
export const down: Happening = { type: "control.down", stop: { signal: 15, killAfterMs: 0 } };
export const downThenKill: Happening = { type: "control.down", stop: { signal: 15, killAfterMs: 3000 } };
export const due: Happening = { type: "deadline.reached" };

export interface Chapter {
  readonly state: SuperviseState;
  readonly effects: readonly Effect[];
}

/** Tells a supervisor's life from its start at 0 ms, a fact every second; answers the last chapter. */
export const tell = (...happenings: readonly Happening[]): Chapter => tellWanted(true, ...happenings);

export function tellWanted(wantedUp: boolean, ...happenings: readonly Happening[]): Chapter {
  let chapter: Chapter = { state: start({ at: stampAt(0), ms: 0, wantedUp }), effects: [] };
  for (const [index, happening] of [started, ...happenings].entries()) {
    chapter = step(chapter.state, factAt(index * 1000, happening));
  }
  return chapter;
}

/** One fact more, at `ms`. */
export const next = (state: SuperviseState, ms: number, happening: Happening): Chapter => step(state, factAt(ms, happening));

/** State, and whether the supervisor will leave: `up.ready`, `last finish`. */
export const where = ({ state }: Chapter): string =>
  (state.context.last && stateName(state) !== "gone" ? "last " : "") + stateName(state);

/** Effects as a line that a person can compare with the table: `kill 42 TERM · status wanted · deadline 15000`. */
export const line = ({ effects }: Chapter): string => effects.map(word).join(" · ");

function word(effect: Effect): string {
  switch (effect.type) {
    case "writeStatus": {
      const flags = ["wantedUp", "ready", "paused", "finishing"] as const;
      return ["status", ...flags.filter((flag) => effect.status[flag])].join(" ").replace("wantedUp", "wanted");
    }
    case "notify":
      return effect.letters;
    case "recordDeath":
      return `tally ${effect.waitStatus} of ${effect.keep}`;
    case "spawnRun":
      return "run";
    case "spawnFinish":
      return `finish ${effect.exitCode} ${effect.signal} ${effect.pgid}`;
    case "kill":
      return `kill ${effect.target === "group" ? "-" : ""}${effect.pid} ${signalName(effect.signal)}`;
    case "setDeadline":
      return `deadline ${effect.atMs ?? "never"}`;
    case "closeNotification":
      return "close";
    case "clear":
      return `clear ${effect.pids.join(" ")}`;
    case "setDownFile":
      return effect.present ? "+down" : "-down";
    case "nullStdio":
      return "null";
    case "warn":
      return "warn";
    case "exit":
      return "exit";
  }
}
