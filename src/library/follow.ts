import { watch } from "node:fs";
import { join } from "node:path";
import type { Tain } from "../formats/tain.ts";
import type { Transition } from "../history/transitions.ts";
import type { HistoryOf } from "./histories.ts";
import { type Choice, chosenTransitions } from "./queries.ts";

/** From the last write of a commit until every reader sees it: microseconds, if the writer is not interrupted. */
const VISIBLE_MS = 50;
/** Most transitions of one service between two looks. */
const AT_ONCE = 1000;

export type Followed = Transition & { readonly service: string };

/**
 * Tells transitions as they come, in their order. Woken by the kernel whenever a commit reaches the journal's file. LMDB
 * lets readers see it a moment after its last write, of which nobody is told: so each waking is followed by one more
 * look. Answers how to stop it.
 */
export function follow(histories: readonly HistoryOf[], choice: Choice, tell: (fresh: readonly Followed[]) => void): () => void {
  const seen = new Map<HistoryOf, Tain | undefined>();
  for (const history of histories) seen.set(history, chosenTransitions(history, { ...choice, last: 1 }).at(-1)?.at);
  const look = (): void => {
    const fresh = histories.flatMap((history) => {
      const after = seen.get(history);
      const found = chosenTransitions(history, { ...choice, last: AT_ONCE }).filter(({ at }) => after === undefined || at > after);
      if (found.length > 0) seen.set(history, found.at(-1)?.at);
      return found.map((transition) => ({ service: history.name, ...transition }));
    });
    if (fresh.length > 0) tell(fresh.sort(byTime));
  };
  let once: NodeJS.Timeout | undefined;
  const woken = (): void => {
    look();
    clearTimeout(once);
    once = setTimeout(look, VISIBLE_MS);
  };
  const watchers = [...new Set(histories.map(({ reader }) => reader.dir))].map((dir) => watch(join(dir, "data.mdb"), woken));
  woken(); // what came between the first look and the watch
  return () => {
    clearTimeout(once);
    for (const watcher of watchers) watcher.close();
  };
}

export const byTime = (a: { readonly at: Tain }, b: { readonly at: Tain }): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);
