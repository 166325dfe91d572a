import { isatty } from "node:tty";
import { formatTain, type Tain, tainToUnix } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import { timeline } from "../history/phases.ts";
import { statsOf } from "../history/stats.ts";
import { type Kind, KINDS, type Transition } from "../history/transitions.ts";
import { duration, localTime } from "../history/words.ts";
import { byTime, follow } from "../library/follow.ts";
import type { HistoryOf } from "../library/histories.ts";
import { chosenTransitions, eachTransition, spansUntil, stateAt } from "../library/queries.ts";
import { differencesOf } from "../library/verify.ts";
import { treeTransitionsOf } from "../history/tree.ts";
import { exportHistory } from "../store/export.ts";
import type { JournalReader } from "../store/journal-reader.ts";
import { readPointer } from "../store/pointer.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, UsageError } from "./failures.ts";
import { historiesOf, momentOf } from "./histories.ts";
import { historyPage, writeWhole } from "./history-html.ts";
import { describeStats } from "./history-stats.ts";
import { joinValues, parseLongOptions } from "./options.ts";
import type { Program } from "./program.ts";

const LONG = {
  last: "n", since: "s", until: "u", kind: "k", json: "j", tai64n: "T", follow: "f",
  stats: "S", at: "a", timeline: "t", verify: "v", export: "e", html: "H",
} as const;
const WITH_VALUE = ["--last", "--since", "--until", "--kind", "--at", "--html"];
const DEFAULT_WIDTH = 80;

interface Wish {
  last: number;
  since: Tain | undefined;
  until: Tain | undefined;
  kinds: ReadonlySet<Kind>;
  json: boolean;
  tai64n: boolean;
}

export const s6svhistory: Program = {
  name: "s6-svhistory",
  synopsis: "s6-svhistory [ -n max ] [ -s since ] [ -u until ] [ -k kinds ] [ -j ] [ -T ] [ -f | -S | -a time | -t | -H file | -v | -e ] dir...",
  help: `Prints what happened to services, from the journal: while they run, and when nothing runs any more. A dir is a
service directory, a scan directory (all its services, also those that are gone) or a journal.

  -n N, --last=N      only the last N of each service
  -s T, --since=T     from that moment on: TAI64N (@...), ISO 8601, or how long ago (90s, 2h, 1d12h)
  -u T, --until=T     up to that moment
  -k K, --kind=K      only these kinds, with commas between: ${KINDS.join(" ")}
  -j, --json          one JSON object a line
  -T, --tai64n        stamps instead of local times
  -f, --follow        then print new ones as they come
instead of the transitions:
  -S, --stats         how often, how long, how reliable
  -a T, --at=T        the state of each service at that moment
  -t, --timeline      one row per service, as wide as the terminal
  -H F, --html=F      the same as a page for a browser, to be zoomed, all in one file; - for stdout
  -v, --verify        compare supervise/status and death_tally with the journal
  -e, --export        the whole history of one service, one record a line: for diff, for s6-replay, for tests

Exit codes: 0 success, 1 --verify found a difference, 100 wrong usage, 111 system error or no journal.`,
  main({ args, sys, stdout }) {
    const { options, operands } = parseLongOptions(joinValues(args, WITH_VALUE), "n:s:u:k:jTfSa:tveH:", LONG);
    const wish: Wish = { last: Number.POSITIVE_INFINITY, since: undefined, until: undefined, kinds: new Set(KINDS), json: false, tai64n: false };
    let mode: "list" | "follow" | "stats" | "at" | "timeline" | "verify" | "export" | "html" = "list";
    let file = "";
    for (const { name, value } of options) {
      switch (name) {
        case "n": wish.last = count(value); break;
        case "s": wish.since = momentOf(sys, value); break;
        case "u": wish.until = momentOf(sys, value); break;
        case "k": wish.kinds = kinds(value); break;
        case "j": wish.json = true; break;
        case "T": wish.tai64n = true; break;
        case "f": mode = "follow"; break;
        case "S": mode = "stats"; break;
        case "a": mode = "at"; wish.until = momentOf(sys, value); break;
        case "t": mode = "timeline"; break;
        case "v": mode = "verify"; break;
        case "e": mode = "export"; break;
        case "H": [mode, file] = ["html", value]; break;
      }
    }
    if (operands.length === 0) throw new UsageError();
    const histories = historiesOf(operands);
    const now = wish.until ?? sys.now();
    const print = (lines: readonly string[]): void => stdout(lines.map((line) => `${line}\n`).join(""));
    switch (mode) {
      case "list":
        print(listed(histories, wish, treesOf(operands, histories)));
        return 0;
      case "follow":
        print(listed(histories, wish));
        follow(histories, wish, (fresh) => print(fresh.map((told) => line(told, wish))));
        return RUNNING;
      case "stats":
        print(histories.flatMap((history) => {
          const stats = statsOf(eachTransition(history, { since: wish.since, until: wish.until }), now);
          return wish.json ? [JSON.stringify({ service: history.name, ...stats })] : describeStats(history.name, stats);
        }));
        return 0;
      case "at":
        print(histories.map((history) => describeStateAt(history, now, wish.json)));
        return 0;
      case "timeline":
        print(drawn(histories, wish, now));
        return 0;
      case "html": {
        const page = historyPage(operands.join(" "), histories, wish, now);
        if (file === "-") stdout(page);
        else writeWhole(file, page);
        return 0;
      }
      case "export": {
        const [history, ...more] = histories;
        if (history === undefined || more.length > 0) throw new ExitError(100, "--export takes one service");
        for (const text of exportHistory(history.name, history.reader.history(history.id))) stdout(text);
        return 0;
      }
      case "verify": {
        const found = histories.flatMap((history) => differencesOf(history));
        print(wish.json ? found.map((difference) => JSON.stringify(difference)) : found.map(({ service, file, text }) => `${service}: ${file}: ${text}`));
        return found.length === 0 ? 0 : 1;
      }
    }
  },
};

function count(text: string): number {
  const value = parseUint(text);
  if (value === undefined) throw new ExitError(100, `invalid number: ${text}`);
  return value;
}

function kinds(text: string): ReadonlySet<Kind> {
  return new Set(text.split(",").map((word) => {
    const kind = KINDS.find((known) => known === word);
    if (kind === undefined) throw new ExitError(100, `invalid kind: ${word}`);
    return kind;
  }));
}

/** Of words that mean whole trees: what their scanners recorded themselves. */
function treesOf(words: readonly string[], histories: readonly HistoryOf[]): readonly JournalReader[] {
  const whole = words.some((word) => readPointer(word) === undefined);
  return whole ? [...new Set(histories.map(({ reader }) => reader))] : [];
}

function ofTrees(readers: readonly JournalReader[], { last, since, until, kinds: chosen }: Wish): (Transition & { readonly service: string })[] {
  return readers.flatMap((reader) => {
    const events = [...reader.tree()].flatMap((read) => ("record" in read ? [read.record] : []));
    const found = [...treeTransitionsOf(events)].filter(({ at, kind }) => chosen.has(kind) && (since === undefined || at >= since) && (until === undefined || at <= until));
    return found.slice(-last).map((told) => ({ service: "s6-svscan", ...told }));
  });
}

function listed(histories: readonly HistoryOf[], wish: Wish, trees: readonly JournalReader[] = []): string[] {
  const all = histories.flatMap((history) => chosenTransitions(history, wish).map((transition) => ({ service: history.name, ...transition })));
  return [...all, ...ofTrees(trees, wish)].sort(byTime).map((told) => line(told, wish));
}

function line({ service, ...told }: Transition & { readonly service: string }, { json, tai64n }: Wish): string {
  const { at, text, pid, lasted, by } = told;
  if (json) return JSON.stringify({ service, ...told, at: formatTain(at), time: new Date(tainToUnix(at) * 1000).toISOString() });
  const details = [pid === null ? "" : `pid ${pid}`, lasted === null ? "" : `after ${duration(lasted)}`, by === null ? "" : `by uid ${by.uid}, pid ${by.pid}: ${by.command}`].filter((word) => word !== "");
  return `${tai64n ? formatTain(at) : localTime(at)}  ${service}: ${text}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function describeStateAt(history: HistoryOf, at: Tain, json: boolean): string {
  const found = stateAt(history, at);
  if (json) {
    const { phase = "unknown", state = "", pid = null, since } = found ?? {};
    return JSON.stringify({ service: history.name, at: formatTain(at), phase, state, pid, since: since === undefined ? null : formatTain(since) });
  }
  if (found === undefined) return `${history.name}: not known yet`;
  return `${history.name}: ${found.phase}${found.pid === null ? "" : ` (pid ${found.pid})`} since ${localTime(found.since)}`;
}

function drawn(histories: readonly HistoryOf[], { since, json }: Wish, now: Tain): string[] {
  const rows = new Map(histories.map((history) => [history.name, spansUntil(history, now)]));
  if (json) return [...rows].map(([service, spans]) => JSON.stringify({ service, spans }));
  const first = [...rows.values()].flatMap((spans) => spans[0]?.from ?? []).sort()[0];
  const width = parseUint(process.env["COLUMNS"] ?? "") ?? (isatty(1) ? process.stdout.columns : DEFAULT_WIDTH);
  return timeline(rows, since ?? first ?? now, now, Math.max(40, width));
}
