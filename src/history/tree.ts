import { treeExitInWords } from "../machines/scanner/exit-with.ts";
import { type TreeEvent, treeExitIn } from "../store/journal-record.ts";
import type { Transition } from "./transitions.ts";

/** What a tree's own events tell people. */
export function* treeTransitionsOf(events: Iterable<TreeEvent>): Generator<Transition> {
  for (const event of events) {
    const exit = treeExitIn(event);
    if (exit === undefined) continue;
    yield {
      at: event.at, kind: "supervisor", text: `the tree ${treeExitInWords(exit)}`, state: "gone", pid: null,
      lasted: exit.slowest === null ? null : exit.slowest.ms / 1000, ordered: null, exitCode: exit.code, signal: null, by: null,
    };
  }
}
