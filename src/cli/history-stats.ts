import { figuresOf } from "../history/figures.ts";
import type { Stats } from "../history/stats.ts";

const COLUMN = 21;

/** `s6-svhistory --stats` for people: a heading and a line per figure that there is. */
export function describeStats(service: string, stats: Stats): string[] {
  const figures = figuresOf(stats);
  if (figures.length === 0) return [`${service}: nothing recorded`];
  return [`${service}:`, ...figures.map(([name, value]) => `  ${name.padEnd(COLUMN)}${value}`)];
}
