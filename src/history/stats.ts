import { type Tain, tainSecondsBetween } from "../formats/tain.ts";
import type { Transition } from "./transitions.ts";

export interface Stats {
  /** First and last moment that is known of. */
  readonly from: Tain | null;
  readonly to: Tain | null;
  /** Part of that time in which run lived; null when no time has passed. */
  readonly uptimeRatio: number | null;
  readonly starts: number;
  /** Deaths that nobody asked for, and those that somebody did. */
  readonly crashes: number;
  readonly orderedStops: number;
  readonly restartsPerHour: number | null;
  /** Mean seconds of uptime per crash. */
  readonly meanTimeBetweenFailures: number | null;
  /** Seconds from start to readiness. */
  readonly timeToReadiness: { readonly p50: number; readonly p95: number; readonly max: number } | null;
  /** Seconds, of times when it was down though nobody had asked for that. */
  readonly longestOutage: number | null;
  /** How often it ended so: "exit 1", "SIGKILL". */
  readonly endings: Readonly<Record<string, number>>;
  readonly flapping: boolean;
}

/** So many crashes after less than that many seconds of uptime each, in a row and up to now, are flapping. */
const FLAPPING = { crashes: 5, uptimeSeconds: 10 } as const;

/** `now`: the end of what still lasts. */
export function statsOf(transitions: Iterable<Transition>, now: Tain): Stats {
  let from: Tain | undefined, to: Tain | undefined, upSince: Tain | undefined, crashedAt: Tain | undefined;
  let [upSeconds, starts, crashes, orderedStops, shortLives] = [0, 0, 0, 0, 0];
  let longestOutage: number | null = null;
  const readiness: number[] = [];
  const endings: Record<string, number> = {};
  for (const transition of transitions) {
    const { at, kind, lasted, ordered, exitCode, signal } = transition;
    from ??= at;
    to = at;
    if (kind === "start") {
      if (upSince === undefined) starts++;
      upSince ??= at;
      if (crashedAt !== undefined) longestOutage = Math.max(longestOutage ?? 0, tainSecondsBetween(crashedAt, at));
      crashedAt = undefined;
    } else if (kind === "ready" && lasted !== null) readiness.push(lasted);
    else if (kind === "death") {
      upSeconds += lasted ?? (upSince === undefined ? 0 : tainSecondsBetween(upSince, at));
      upSince = undefined;
      const ending = signal ?? (exitCode === null ? "unknown" : `exit ${exitCode}`);
      endings[ending] = (endings[ending] ?? 0) + 1;
      if (ordered === true) {
        orderedStops++;
        shortLives = 0;
      } else {
        crashes++;
        crashedAt = at;
        shortLives = (lasted ?? 0) < FLAPPING.uptimeSeconds ? shortLives + 1 : 0;
      }
    }
  }
  if (from === undefined || to === undefined) return EMPTY;
  if (upSince !== undefined) {
    const current = Math.max(0, tainSecondsBetween(upSince, now));
    upSeconds += current;
    if (current >= FLAPPING.uptimeSeconds) shortLives = 0;
  }
  const whole = Math.max(0, tainSecondsBetween(from, now));
  return {
    from, to, starts, crashes, orderedStops, endings, longestOutage,
    uptimeRatio: whole > 0 ? Math.min(1, upSeconds / whole) : null,
    restartsPerHour: whole > 0 ? (Math.max(0, starts - 1) / whole) * 3600 : null,
    meanTimeBetweenFailures: crashes > 0 ? upSeconds / crashes : null,
    timeToReadiness: readiness.length > 0 ? percentiles(readiness) : null,
    flapping: shortLives >= FLAPPING.crashes,
  };
}

const EMPTY: Stats = {
  from: null, to: null, uptimeRatio: null, starts: 0, crashes: 0, orderedStops: 0, restartsPerHour: null,
  meanTimeBetweenFailures: null, timeToReadiness: null, longestOutage: null, endings: {}, flapping: false,
};

function percentiles(values: readonly number[]): { p50: number; p95: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
}
