import type { Stats } from "../history/stats.ts";
import { duration, localTime, percent } from "../history/words.ts";

/** `s6-svhistory --stats` for people: a heading and a line per figure that there is. */
export function describeStats(service: string, stats: Stats): string[] {
  if (stats.from === null || stats.to === null) return [`${service}: nothing recorded`];
  const { uptimeRatio, restartsPerHour, meanTimeBetweenFailures: mtbf, timeToReadiness, longestOutage } = stats;
  const endings = Object.entries(stats.endings).sort(([, a], [, b]) => b - a);
  const lines = [
    `recorded             ${localTime(stats.from)} to ${localTime(stats.to)}`,
    uptimeRatio === null ? "" : `up                   ${percent(uptimeRatio)} of the time`,
    `starts               ${stats.starts}`,
    `crashes              ${stats.crashes}`,
    `stops asked for      ${stats.orderedStops}`,
    restartsPerHour === null ? "" : `restarts per hour    ${restartsPerHour.toPrecision(3)}`,
    mtbf === null ? "" : `between crashes      ${duration(mtbf)} up on the average`,
    timeToReadiness === null ? "" : `until ready          ${duration(timeToReadiness.p50)} (p95 ${duration(timeToReadiness.p95)}, at most ${duration(timeToReadiness.max)})`,
    longestOutage === null ? "" : `longest outage       ${duration(longestOutage)}`,
    ...endings.map(([ending, count], index) => `${(index === 0 ? "ended with" : "").padEnd(20)} ${ending}: ${count}`),
    stats.flapping ? "flapping             yes: it keeps dying soon after its start" : "",
  ];
  return [`${service}:`, ...lines.filter((text) => text !== "").map((text) => `  ${text}`)];
}
