import type { Death } from "./death-tally.ts";
import { MAX_SIGNAL, parseSignal } from "./signals.ts";
import { parseUint } from "./uint.ts";

/** Which deaths s6-permafailon counts. */
export interface DeathEvents {
  readonly exitCodes: ReadonlySet<number>;
  readonly signals: ReadonlySet<number>;
}

const SEPARATORS = /[,; \n\r\t]+/;
const EXIT_CODE_MAX = 255;
/** These belong to the C library: s6 can't have them in a set. */
const RESERVED: readonly number[] = [32, 33];

const INVALID = "invalid status list specification";

/** Exit codes, intervals of them and signals, one or more separators behind each; or what is wrong with them. */
export function parseDeathEvents(text: string): DeathEvents | string {
  const [exitCodes, signals] = [new Set<number>(), new Set<number>()];
  const items = text.split(SEPARATORS);
  if (items.at(-1) === "") items.pop();
  for (const item of items) {
    const problem = /^[0-9]/.test(item) ? addExitCodes(item, exitCodes) : addSignal(item, signals);
    if (problem !== undefined) return problem;
  }
  return { exitCodes, signals };
}

function addExitCodes(item: string, exitCodes: Set<number>): string | undefined {
  const [, first = "", dash = "", last = "", rest = ""] = /^([0-9]+)(-?)([0-9]*)(.*)$/s.exec(item) ?? [];
  const from = Number(first);
  if (from > EXIT_CODE_MAX) return "invalid exit code";
  if (dash !== "" && last === "") return "invalid interval specification";
  const to = dash === "" ? from : Number(last);
  if (to > EXIT_CODE_MAX) return "invalid exit code";
  if (to < from) return "invalid interval";
  if (rest !== "") return INVALID;
  for (let code = from; code <= to; code++) exitCodes.add(code);
  return undefined;
}

/** A name, or SIG and a number. */
function addSignal(item: string, signals: Set<number>): string | undefined {
  const [, digits] = /^sig([0-9]+)$/i.exec(item) ?? [];
  const signal = digits === undefined ? parseSignal(item) : parseUint(digits);
  if (signal === undefined) return INVALID;
  if (signal < 1 || signal > MAX_SIGNAL || RESERVED.includes(signal)) return "invalid signal";
  signals.add(signal);
  return undefined;
}

/** A death by a signal has an exit code, too: 128 + signal. */
export const isAmong = ({ exitCode, signal }: Death, { exitCodes, signals }: DeathEvents): boolean =>
  (signal !== 0 && signals.has(signal)) || exitCodes.has(exitCode);
