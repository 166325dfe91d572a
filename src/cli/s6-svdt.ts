import { type Death, decodeDeathTally, MAX_DEATHS } from "../formats/death-tally.ts";
import { signalName } from "../formats/signals.ts";
import { formatTain } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { unableTo, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

export const s6svdt: Program = {
  name: "s6-svdt",
  synopsis: "s6-svdt [ -S | -s ] [ -n maxentries ] [ --json ] servicedir",
  help: `Prints the last deaths of ./run, oldest first: when, and how. Works without a live supervisor.

  -S      signals by name (default)
  -s      signals by number
  -n MAX  only the last MAX deaths
  --json  one JSON object per death: at (TAI64N), exitcode, signal, signum; null for what does not apply

Exit codes: 0 success, 100 wrong usage, 111 system error.`,
  main({ args, sys, stdout }) {
    const { options, operands: [servicedir] } = parseOptions(args, "Ssn:", ["json"]);
    let max = MAX_DEATHS;
    let numeric = false;
    let json = false;
    for (const { name, value } of options) {
      switch (name) {
        case "S": numeric = false; break;
        case "s": numeric = true; break;
        case "json": json = true; break;
        case "n": max = parseMax(value); break;
      }
    }
    if (servicedir === undefined) throw new UsageError();
    if (max === 0) return 0;

    const deaths = unableTo(`read death tally for service ${servicedir}`, () => readDeaths(sys, servicedir));
    const lines = deaths.slice(-max).map((death) => (json ? deathRecord(death) : describeDeath(death, numeric)));
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

function describeDeath({ at, exitCode, signal }: Death, numeric: boolean): string {
  if (signal === 0) return `${formatTain(at)} exitcode ${exitCode}`;
  return `${formatTain(at)} signal ${numeric ? signal : `SIG${signalName(signal)}`}`;
}

const deathRecord = ({ at, exitCode, signal }: Death): string =>
  JSON.stringify({
    at: formatTain(at),
    exitcode: signal === 0 ? exitCode : null,
    signal: signal === 0 ? null : `SIG${signalName(signal)}`,
    signum: signal === 0 ? null : signal,
  });
