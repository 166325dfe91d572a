import { type Death, decodeDeathTally, MAX_DEATHS } from "../formats/death-tally.ts";
import { parseSignal, signalName } from "../formats/signals.ts";
import { formatTain, type Tain } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import { transitionsOf } from "../history/transitions.ts";
import { readPointer } from "../store/pointer.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import type { HistoryOf } from "../library/histories.ts";
import { historiesOf, momentOf } from "./histories.ts";
import { joinValues, parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

export const s6svdt: Program = {
  name: "s6-svdt",
  synopsis: "s6-svdt [ -S | -s ] [ -n maxentries ] [ --json ] [ --all ] [ --since time ] [ --until time ] servicedir",
  help: `Prints the last deaths of ./run, oldest first: when, and how. Works without a live supervisor.

  -S      signals by name (default)
  -s      signals by number
  -n MAX  only the last MAX deaths
  --json  one JSON object per death: at (TAI64N), exitcode, signal, signum; null for what does not apply
from the journal, which knows more deaths than the tally; with --json also pid, uptime (seconds), ordered (asked for):
  --all         all that were ever recorded
  --since TIME  from then on: TAI64N (@...), ISO 8601, or how long ago (90s, 2h, 1d12h)
  --until TIME  up to then
Without a journal these choose among the deaths of the tally.

Exit codes: 0 success, 100 wrong usage, 111 system error.`,
  main({ args, sys, stdout }) {
    const words = joinValues(args, ["--since", "--until"]);
    const { options, operands: [servicedir] } = parseOptions(words, "Ssn:", ["json", "all"], ["since", "until"]);
    let [since, until, wholeHistory] = ["" as Tain, "g" as Tain, false]; // before and behind all stamps
    let max: number | undefined;
    let numeric = false;
    let json = false;
    for (const { name, value } of options) {
      switch (name) {
        case "S": numeric = false; break;
        case "s": numeric = true; break;
        case "json": json = true; break;
        case "n": max = parseMax(value); break;
        case "all": wholeHistory = true; break;
        case "since": [since, wholeHistory] = [momentOf(sys, value), true]; break;
        case "until": [until, wholeHistory] = [momentOf(sys, value), true]; break;
      }
    }
    if (servicedir === undefined) throw new UsageError();
    if (max === 0) return 0;

    const tally = unableTo(`read death tally for service ${servicedir}`, () => readDeaths(sys, servicedir));
    const recorded = wholeHistory ? recordedDeaths(servicedir) : [];
    const all: Recorded[] = [...tally.filter(({ at }) => at < (recorded[0]?.at ?? "g")), ...recorded];
    const deaths = all.filter(({ at }) => at >= since && at <= until);
    const lines = deaths.slice(max === undefined && wholeHistory ? 0 : -(max ?? MAX_DEATHS)).map((death) => (json ? deathRecord(death) : describeDeath(death, numeric)));
    stdout(lines.map((line) => `${line}\n`).join(""));
    return 0;
  },
};

function parseMax(text: string): number {
  const value = parseUint(text);
  if (value === undefined) throw new UsageError();
  return Math.min(value, MAX_DEATHS);
}

/** None when the tally is absent or corrupt; a directory that has never been supervised is an error (ENOENT). */
function readDeaths(sys: Sys, servicedir: string): Death[] {
  const bytes = sys.readFileIfPresent(`${servicedir}/supervise/death_tally`);
  if (bytes === undefined) {
    sys.stat(`${servicedir}/supervise`);
    return [];
  }
  return decodeDeathTally(bytes) ?? [];
}

/** None without a journal that can be read. A death that nobody saw is none that a tally has. */
function recordedDeaths(servicedir: string): Recorded[] {
  if (readPointer(servicedir) === undefined) return [];
  return historiesIfAny(servicedir).flatMap(({ reader, id }) => [...transitionsOf(reader.records(id))].flatMap((told) => {
    const { at, kind, exitCode, signal, pid, lasted, ordered } = told;
    if (kind !== "death" || (exitCode === null && signal === null)) return [];
    const number = signal === null ? 0 : (parseSignal(signal) ?? 0);
    return [{ at, exitCode: exitCode ?? 128 + number, signal: number, pid, uptime: lasted, ordered }];
  }));
}

function historiesIfAny(servicedir: string): HistoryOf[] {
  try {
    return historiesOf([servicedir]);
  } catch (error) {
    if (error instanceof ExitError) return []; // the tally is there
    throw error;
  }
}

interface Recorded extends Death {
  readonly pid?: number | null;
  readonly uptime?: number | null;
  readonly ordered?: boolean | null;
}

function describeDeath({ at, exitCode, signal }: Death, numeric: boolean): string {
  if (signal === 0) return `${formatTain(at)} exitcode ${exitCode}`;
  return `${formatTain(at)} signal ${numeric ? signal : `SIG${signalName(signal)}`}`;
}

const deathRecord = ({ at, exitCode, signal, pid, uptime, ordered }: Recorded): string =>
  JSON.stringify({
    at: formatTain(at),
    exitcode: signal === 0 ? exitCode : null,
    signal: signal === 0 ? null : `SIG${signalName(signal)}`,
    signum: signal === 0 ? null : signal,
    pid,
    uptime,
    ordered,
  });
