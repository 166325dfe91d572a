import type { Sender } from "../formats/sender.ts";
import { type Tain, tainSecondsBetween } from "../formats/tain.ts";
import { stateName, type SuperviseState } from "../machines/supervise/step.ts";
import { statsOf } from "./stats.ts";
import type { Transition } from "./transitions.ts";

/** Why a service is as it is: what a person would gather from its history. */
export interface Why {
  readonly state: string;
  readonly wanted: "up" | "down" | "unknown";
  readonly pid: number | null;
  /** What made it so. */
  readonly because: Told | null;
  readonly lastDeath: LastDeath | null;
  readonly finish: Told | null;
  /** What was found of the service after that, where it has flag-census; the last look is the last one. */
  readonly left: readonly Told[];
  /** What comes, if nobody does anything. */
  readonly next: string;
  /** Seconds until then; null = not a matter of time. */
  readonly nextIn: number | null;
  readonly deaths: { readonly crashes: number; readonly ordered: number; readonly like: number; readonly crashesLastDay: number };
  readonly flapping: boolean;
}

export interface Told {
  readonly at: Tain;
  readonly text: string;
  /** Of a command: who sent it, by its own account; null = nobody said so. */
  readonly by: Sender | null;
}

export interface LastDeath extends Told {
  readonly pid: number | null;
  readonly uptime: number | null;
  /** Seconds it took until ready; null = it never said so. */
  readonly readyAfter: number | null;
  readonly ordered: boolean;
  /** Who or what asked for it. */
  readonly orderedBy: Told | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

const DAY = 86_400;
/** Commands after which nobody dies: up, once, continue, pause, reload. */
const HARMLESS = /^s6-svc -[uUocCpPl]/;

/** `transitions`: all of them. `now`, `nowMs`: both clocks at one moment. */
export function whyOf(transitions: readonly Transition[], state: SuperviseState | undefined, now: Tain, nowMs: number): Why {
  const death = transitions.findLast(({ kind }) => kind === "death");
  const last = transitions.findLast(({ kind, text }) => kind !== "finish" && kind !== "left" && !(kind === "ready" && text === "ready"));
  const stats = statsOf(transitions, now);
  const crashes = transitions.filter(({ kind, ordered }) => kind === "death" && ordered !== true);
  const finish = death === undefined ? undefined : transitions.findLast(({ kind, at }) => kind === "finish" && at >= death.at);
  const { text: next, atMs } = nextOf(state);
  return {
    state: state === undefined ? "unknown" : stateName(state),
    wanted: state === undefined ? "unknown" : state.context.wantedUp ? "up" : "down",
    pid: state === undefined || state.context.pid === 0 ? null : state.context.pid,
    because: last === undefined ? null : toldOf(last),
    lastDeath: death === undefined ? null : deathOf(death, transitions),
    finish: finish === undefined ? null : toldOf(finish),
    left: death === undefined ? [] : transitions.filter(({ kind, at }) => kind === "left" && at >= death.at).map(toldOf),
    next,
    nextIn: atMs === null ? null : Math.max(0, (atMs - nowMs) / 1000),
    deaths: {
      crashes: stats.crashes,
      ordered: stats.orderedStops,
      like: death === undefined ? 0 : (stats.endings[death.signal ?? (death.exitCode === null ? "unknown" : `exit ${death.exitCode}`)] ?? 0),
      crashesLastDay: crashes.filter(({ at }) => tainSecondsBetween(at, now) <= DAY).length,
    },
    flapping: stats.flapping,
  };
}

const toldOf = ({ at, text, by }: Transition): Told => ({ at, text, by });

function deathOf(death: Transition, transitions: readonly Transition[]): LastDeath {
  const index = transitions.indexOf(death);
  const start = transitions.slice(0, index).findLastIndex(({ kind }) => kind === "start");
  const life = transitions.slice(start + 1, index);
  const ready = life.find(({ kind, lasted }) => kind === "ready" && lasted !== null);
  const order = life.findLast(({ kind, text }) => kind === "limit" || (kind === "command" && !HARMLESS.test(text)));
  return {
    ...toldOf(death),
    pid: death.pid,
    uptime: death.lasted,
    readyAfter: ready?.lasted ?? null,
    ordered: death.ordered === true,
    orderedBy: death.ordered === true && order !== undefined ? toldOf(order) : null,
    exitCode: death.exitCode,
    signal: death.signal,
  };
}

function nextOf(state: SuperviseState | undefined): { readonly text: string; readonly atMs: number | null } {
  if (state === undefined) return { text: "nobody knows: the last records are missing", atMs: null };
  const { wantedUp, last, stopping, deadlineMs } = state.context;
  switch (stateName(state)) {
    case "gone":
      return { text: "nothing: its supervisor has left", atMs: null };
    case "fresh":
    case "starting":
      return { text: "run is being started", atMs: null };
    case "down":
      if (wantedUp && deadlineMs !== null) return { text: "it is started again", atMs: deadlineMs };
      return { text: "nothing before the next command", atMs: null };
    case "ending":
    case "finish":
      if (deadlineMs !== null) return { text: "finish is killed, if it is not done", atMs: deadlineMs };
      return { text: wantedUp && !last ? "it is started again when finish is done" : "it stays down when finish is done", atMs: null };
    case "clearing":
    case "clearingFailed":
      return { text: "it goes on without those that it left behind, if they have not gone", atMs: deadlineMs };
    case "up.unready":
    case "up.ready":
      if (stopping && deadlineMs !== null) return { text: "it is killed, if it has not stopped", atMs: deadlineMs };
      if (last) return { text: "its supervisor leaves when it dies", atMs: null };
      return { text: wantedUp ? "it is started again when it dies" : "it stays down when it dies", atMs: null };
  }
}
