import type { Stats } from "./stats.ts";
import { duration, localTime, percent } from "./words.ts";

/** The figures of a service that there are, each with its name, for people. */
export function figuresOf(stats: Stats): [name: string, value: string][] {
  if (stats.from === null || stats.to === null) return [];
  const { uptimeRatio, restartsPerHour, meanTimeBetweenFailures: mtbf, timeToReadiness, longestOutage } = stats;
  const endings = Object.entries(stats.endings).sort(([, a], [, b]) => b - a).map(([ending, count]) => `${ending}: ${count}`);
  const figures: [string, string | null][] = [
    ["recorded", `${localTime(stats.from)} to ${localTime(stats.to)}`],
    ["up", uptimeRatio === null ? null : `${percent(uptimeRatio)} of the time`],
    ["starts", String(stats.starts)],
    ["crashes", String(stats.crashes)],
    ["stops asked for", String(stats.orderedStops)],
    ["restarts per hour", restartsPerHour === null ? null : restartsPerHour.toPrecision(3)],
    ["between crashes", mtbf === null ? null : `${duration(mtbf)} up on the average`],
    ["until ready", timeToReadiness === null ? null : `${duration(timeToReadiness.p50)} (p95 ${duration(timeToReadiness.p95)}, at most ${duration(timeToReadiness.max)})`],
    ["longest outage", longestOutage === null ? null : duration(longestOutage)],
    ["ended with", endings.length === 0 ? null : endings.join(", ")],
    ["flapping", stats.flapping ? "yes: it keeps dying soon after its start" : null],
  ];
  return figures.filter((figure): figure is [string, string] => figure[1] !== null);
}
