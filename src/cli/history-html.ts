import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { Tain } from "../formats/tain.ts";
import { statsOf } from "../history/stats.ts";
import type { HistoryOf } from "../library/histories.ts";
import { type Choice, chosenTransitions, eachTransition, spansUntil } from "../library/queries.ts";
import { timelinePage, type TimelineService } from "../library/timeline-page.ts";
import { ExitError } from "./failures.ts";

/** Of one service: more than anybody reads, and a page that still opens at once. */
const TRANSITIONS_MAX = 5000;

/** The page of s6-svhistory --html. `choice.until` or else `now` is its end. */
export function historyPage(title: string, histories: readonly HistoryOf[], choice: Choice, now: Tain): string {
  const services = histories.map((history): TimelineService => ({
    name: history.name,
    spans: spansUntil(history, now),
    transitions: chosenTransitions(history, { ...choice, last: Math.min(choice.last ?? TRANSITIONS_MAX, TRANSITIONS_MAX) }),
    stats: statsOf(eachTransition(history, { since: choice.since, until: choice.until }), now),
  }));
  const first = services.flatMap(({ spans }) => spans[0]?.from ?? []).sort()[0];
  return timelinePage(title, services, choice.since ?? first ?? now, now);
}

/** Whole or not at all. @throws ExitError 111 */
export function writeWhole(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new ExitError(111, `unable to write ${path}: ${reason}`);
  }
}
