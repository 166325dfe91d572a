import { signalName } from "../formats/signals.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact } from "../machines/supervise/facts.ts";

const LETTERS: Readonly<Record<string, string>> = {
  s: "supervisor started", u: "up", U: "ready", d: "down", D: "really down", O: "permanent failure", x: "supervisor leaves",
};

/** What an order means, for people. `nowMs`: for what happens later. */
export function effectInWords(effect: Effect, nowMs: number): string {
  switch (effect.type) {
    case "writeStatus": {
      const { pid, wantedUp, paused, ready, finishing } = effect.status;
      const process = pid === 0 ? "down" : `${finishing ? "finish" : "run"} is pid ${pid}`;
      return `status: ${[process, `wanted ${wantedUp ? "up" : "down"}`, ...(paused && pid !== 0 ? ["paused"] : []), ...(ready && pid !== 0 ? ["ready"] : [])].join(", ")}`;
    }
    case "notify":
      return `tells listeners: ${[...effect.letters].map((letter) => `${letter} (${LETTERS[letter] ?? letter})`).join(", ")}`;
    case "recordDeath":
      return `the death goes to the tally, which keeps ${effect.keep}`;
    case "spawnRun":
      return "starts run";
    case "spawnFinish":
      return `starts finish, if there is one, with ${effect.exitCode} ${effect.signal}`;
    case "kill":
      return `sends SIG${signalName(effect.signal)} to ${effect.target === "group" ? "process group" : "process"} ${effect.pid}`;
    case "clear":
      return `sends SIGKILL to what is left over: ${effect.pids.join(", ")}`;
    case "setDeadline":
      return effect.atMs === null ? "no timer" : `timer: in ${Math.max(0, Math.round(effect.atMs - nowMs))} ms`;
    case "closeNotification":
      return "closes the readiness pipe";
    case "setDownFile":
      return effect.present ? "creates ./down" : "removes ./down";
    case "nullStdio":
      return "gives up its stdin and stdout";
    case "warn":
      return `warns: ${effect.text}`;
    case "exit":
      return "the supervisor leaves";
  }
}

/** A fact with what it carries: `run.died {"waitStatus":9}`. */
export function factInWords({ type, at: _at, ms: _ms, ...more }: Fact): string {
  return Object.keys(more).length === 0 ? type : `${type} ${JSON.stringify(more)}`;
}
