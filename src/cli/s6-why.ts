import { type Definition, differencesBetween } from "../formats/definition.ts";
import type { Tain } from "../formats/tain.ts";
import { lastDefinition } from "../history/definition.ts";
import { lastState } from "../history/last-state.ts";
import { transitionsOf } from "../history/transitions.ts";
import { type LastDeath, type Told, type Why, whyOf } from "../history/why.ts";
import { duration, localTime } from "../history/words.ts";
import type { HistoryOf } from "../library/histories.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Sys } from "../sys/sys.ts";
import { UsageError } from "./failures.ts";
import { historiesOf } from "./histories.ts";
import { lastLogLines } from "./history-logs.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";
import { isSupervised } from "./servicedir.ts";

const LOG_LINES = 5;

/** What the directory adds to the journal. */
interface Surroundings {
  readonly supervised: boolean;
  /** What is different in the files that say what the service is since its last start; null = not known. */
  readonly changed: readonly string[] | null;
  /** What it said last, before its last death if it is dead or before now. */
  readonly log: readonly string[];
}

export const s6why: Program = {
  name: "s6-why",
  synopsis: "s6-why [ --json ] servicedir...",
  help: `Tells on one screen why a service is as it is, and why it last died: what it did, who asked for it, how long it had
been up, whether it was ready, what its finish script did, what comes next and when, how often that happened, what its
s6-log logger has of it, and whether the files that define it have changed since it was started.

  --json  one JSON object per service

Exit codes: 0 success, 100 wrong usage, 111 system error or no journal.`,
  main({ args, sys, stdout }) {
    const { options, operands } = parseOptions(args, "", ["json"]);
    if (operands.length === 0) throw new UsageError();
    for (const history of historiesOf(operands)) {
      const { name, reader, id } = history;
      const now = sys.now();
      const why = whyOf([...transitionsOf(reader.records(id))], lastState(reader.records(id)), now, sys.monotonicMs());
      const around = lookAround(sys, history, why.lastDeath?.at ?? now);
      if (options.length > 0) stdout(`${JSON.stringify({ service: name, ...around, ...why })}\n`);
      else stdout(describe(sys, name, around, why).map((line) => `${line}\n`).join(""));
    }
    return 0;
  },
};

function lookAround(sys: Sys, { servicedir, reader, id }: HistoryOf, until: Tain): Surroundings {
  if (servicedir === undefined) return { supervised: false, changed: null, log: [] };
  const [before, now] = [lastDefinition(reader.records(id)), definitionNow(sys, servicedir)];
  return {
    supervised: isSupervised(sys, servicedir),
    changed: before === undefined || now === undefined ? null : differencesBetween(before, now),
    log: lastLogLines(sys, servicedir, until, LOG_LINES),
  };
}

function definitionNow(sys: Sys, servicedir: string): Definition | undefined {
  try {
    return sys.definitionOf(servicedir);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  "up.ready": "up and ready", "up.unready": "up", finish: "down, its finish script runs",
  clearing: "down, what it left behind is killed", clearingFailed: "down, what it left behind is killed", down: "down", gone: "down, not supervised",
};
const when = (at: Tain): string => `at ${localTime(at)}`;

type Say = (label: string, text: string) => void;

function describe(sys: Sys, name: string, { supervised, changed, log }: Surroundings, why: Why): string[] {
  const { state, wanted, pid, because, lastDeath, finish, left, next, nextIn, deaths, flapping } = why;
  const isUp = state.startsWith("up");
  const asWanted = wanted !== "unknown" && (wanted === "up") !== isUp ? `, wanted ${wanted}` : "";
  const process = pid === null ? "" : ` (pid ${pid})`;
  const lines = [`${name}: ${WORDS[state] ?? state}${process}${asWanted}${supervised ? "" : "; nobody supervises it now"}`];
  const say: Say = (label, text) => void lines.push(`  ${label.padEnd(11)}${text}`);
  if (because !== null) say("because", `${because.text}${writerOf(sys, because)}, ${when(because.at)}`);
  if (lastDeath !== null) describeDeath(sys, lastDeath, say);
  if (finish !== null) say("finish", finish.text.replace(/^finish:? ?/, ""));
  for (const [index, look] of left.entries()) say(index === 0 ? "left" : "", look.text.replace(/^left /, ""));
  if (supervised) say("next", nextIn === null ? next : `${next}, in ${duration(nextIn)}`);
  if (lastDeath !== null) {
    const { crashes, ordered, like, crashesLastDay } = deaths;
    say("deaths", `${crashes} crashes (${crashesLastDay} in the last day), ${ordered} asked for; ${like} ended like the last one`);
  }
  if (flapping) say("flapping", "it keeps dying soon after its start");
  if (changed !== null && changed.length > 0) say("changed", `since its last start ${changed.join(", ")}`);
  for (const [index, line] of log.entries()) say(index === 0 ? (lastDeath === null ? "log" : "last words") : "", line);
  return lines;
}

function describeDeath(sys: Sys, death: LastDeath, say: Say): void {
  const { at, text, pid, uptime, readyAfter, orderedBy } = death;
  say("last death", `${text}, ${when(at)}${pid === null ? "" : ` (pid ${pid})`}`);
  if (orderedBy !== null) say("asked by", `${orderedBy.text}${writerOf(sys, orderedBy)}, ${when(orderedBy.at)}`);
  const ready = readyAfter === null ? "had not said that it was ready" : `was ready after ${duration(readyAfter)}`;
  if (uptime !== null) say("had been", `up for ${duration(uptime)}, ${ready}`);
}

/** Of a command: `, by root (uid 0), pid 123: s6-svc -d foo`. */
function writerOf(sys: Sys, { text, by }: Told): string {
  if (by === null) return text.startsWith("s6-svc -") ? ", by an unknown writer" : "";
  const user = sys.userById(by.uid)?.name;
  return `, by ${user === undefined ? "" : `${user}, `}uid ${by.uid}, pid ${by.pid}: ${by.command}`;
}
