import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { formatTain, type Tain } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import { localTime } from "../history/words.ts";
import { follow } from "../library/follow.ts";
import { historiesAt, type HistoryOf, Readers } from "../library/histories.ts";
import { followLogdir, type LogLine, logLines, type Mark } from "../library/log-lines.ts";
import { chosenTransitions } from "../library/queries.ts";
import { JournalError } from "../store/journal-error.ts";
import type { Sys } from "../sys/sys.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, UsageError } from "./failures.ts";
import { momentOf } from "./histories.ts";
import { logdirsOf } from "./history-logs.ts";
import { joinValues, parseLongOptions } from "./options.ts";
import type { Program } from "./program.ts";

const LONG = { last: "n", since: "s", until: "u", follow: "f", tai64n: "T", "with-events": "e" } as const;
const WITH_VALUE = ["--last", "--since", "--until"];

/** A logdir, and whose it is. */
interface Source {
  readonly name: string;
  readonly dir: string;
  readonly history: HistoryOf | undefined;
}

interface Shown {
  readonly at: Tain | "";
  readonly text: string;
}

export const s6logview: Program = {
  name: "s6-logview",
  synopsis: "s6-logview [ -n max ] [ -s since ] [ -u until ] [ -T ] [ -e ] [ -f ] dir...",
  help: `Prints what logdirs of s6-log hold, archives and current, oldest first; several are merged by their stamps. A dir is a
logdir, a logger's directory, or a service directory with such a logger. Lines without a stamp stay behind the line that
they came after.

  -n N, --last=N     only the last N lines
  -s T, --since=T    from that moment on: TAI64N (@...), ISO 8601, or how long ago (90s, 2h, 1d12h)
  -u T, --until=T    up to that moment
  -T, --tai64n       stamps as they are instead of local times
  -e, --with-events  what happened to the service, from the journal, between its lines (of service directories)
  -f, --follow       then print new lines as they come

Exit codes: 0 success, 100 wrong usage, 111 system error, or no logdir.`,
  main({ args, sys, stdout }) {
    const { options, operands } = parseLongOptions(joinValues(args, WITH_VALUE), "n:s:u:fTe", LONG);
    let [last, since, until] = [Number.POSITIVE_INFINITY, "" as Tain | "", "g" as Tain]; // "g" is behind all stamps
    let [isFollowing, isRaw, hasEvents] = [false, false, false];
    for (const { name, value } of options) {
      switch (name) {
        case "n": last = count(value); break;
        case "s": since = momentOf(sys, value); break;
        case "u": until = momentOf(sys, value); break;
        case "f": isFollowing = true; break;
        case "T": isRaw = true; break;
        case "e": hasEvents = true; break;
      }
    }
    if (operands.length === 0) throw new UsageError();
    const sources = operands.flatMap((operand) => sourcesOf(sys, operand, hasEvents));
    const isOne = new Set(sources.map(({ name }) => name)).size === 1;
    const print: Print = (lines) => stdout(lines.map(({ at, text, name }) => {
      const stamp = at === "" ? "" : `${isRaw ? formatTain(at) : localTime(at)}  `;
      return `${stamp}${isOne ? "" : `${name}: `}${text}\n`;
    }).join(""));

    // The followers first: what is written while the rest is read is theirs.
    const marks = new Map(isFollowing ? sources.map((source) => [source, followSource(source, print)]) : []);
    const all = sources.flatMap((source) => everything(source, since, until, marks.get(source)).map((line) => ({ ...line, name: source.name })));
    all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)); // stable: the order of a file is kept
    print(all.slice(all.length - Math.min(last, all.length)));
    if (!isFollowing) return 0;
    return RUNNING;
  },
};

function count(text: string): number {
  const value = parseUint(text);
  if (value === undefined) throw new ExitError(100, `invalid number: ${text}`);
  return value;
}

function sourcesOf(sys: Sys, word: string, hasEvents: boolean): Source[] {
  const isLogdir = (dir: string): boolean => existsSync(join(dir, "current")) && existsSync(join(dir, "lock"));
  if (isLogdir(word)) return [{ name: basename(word), dir: word, history: undefined }];
  for (const logger of [join(word, "log"), word]) {
    const dirs = logdirsOf(sys, logger).filter(isLogdir);
    if (dirs.length > 0) return dirs.map((dir) => ({ name: basename(word), dir, history: hasEvents ? historyOf(word) : undefined }));
  }
  throw new ExitError(111, `${word} is no logdir of s6-log, and has no logger with one`);
}

function historyOf(servicedir: string): HistoryOf | undefined {
  try {
    return historiesAt(servicedir, new Readers())[0];
  } catch (error) {
    if (error instanceof JournalError) throw new ExitError(111, `unable to read the history of ${servicedir}: ${error.message}`);
    throw error;
  }
}

const shown = ({ at, text }: LogLine): Shown => ({ at, text });
const event = (text: string): string => `--- ${text}`;

type Print = (lines: readonly (Shown & { readonly name: string })[]) => void;

function followSource({ name, dir, history }: Source, print: Print): Mark | undefined {
  const { mark } = followLogdir(dir, (lines) => print(lines.map((line) => ({ ...shown(line), name }))));
  if (history !== undefined) follow([history], {}, (fresh) => print(fresh.map(({ at, text }) => ({ at, text: event(text), name }))));
  return mark;
}

function everything({ dir, history }: Source, since: Tain | "", until: Tain, mark: Mark | undefined): Shown[] {
  const lines = [...logLines(dir, since, mark)].filter(({ at }) => at >= since && at <= until).map(shown);
  if (history === undefined) return lines;
  const choice = since === "" ? { until } : { since, until };
  return [...chosenTransitions(history, choice).map(({ at, text }) => ({ at, text: event(text) })), ...lines];
}
