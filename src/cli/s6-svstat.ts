import type { Sys } from "../sys/sys.ts";
import { ExitError, fatalLine, unableTo, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";
import { isSupervised, readStatus } from "./servicedir.ts";
import {
  describeStatus,
  isStatusField,
  type Snapshot,
  STATUS_FIELDS,
  type StatusField,
  type StatusRecord,
  statusRecord,
} from "./status-fields.ts";

const MAX_FIELDS = 16;
export const FIELD_OF_LETTER = {
  u: "up",
  w: "wantedup",
  N: "normallyup",
  r: "ready",
  p: "pid",
  g: "pgid",
  e: "exitcode",
  s: "signal",
  t: "updownfor",
} as const satisfies Record<string, StatusField>;

export const s6svstat: Program = {
  name: "s6-svstat",
  synopsis: `s6-svstat [ -uwNrpgest | -o ${Object.keys(STATUS_FIELDS).join()} | --json ] [ -n ] servicedir...`,
  help: `What a service is doing. Options come before the directories.

  -o FIELDS  print these fields (comma-separated), one space between them
${Object.entries(FIELD_OF_LETTER).map(([letter, field]) => `  -${letter}         same as -o ${field}`).join("\n")}
  -n         in the line for people, print the number of a signal instead of its name
  --json     one JSON object per directory: servicedir, supervised, and if it is, the fields of -o as booleans,
             numbers and strings, plus finishing and started; null for what does not apply

With several directories, "DIR: " comes before each line (not with --json).

Exit codes: 0 success, 1 not supervised, 100 wrong usage, 111 system error; with several directories, that of the
last one that failed.`,
  main({ args, sys, stdout, stderr }) {
    const { options, operands } = parseOptions(args, "no:uwNrpgest", ["json"]);
    const fields: StatusField[] = [];
    let numeric = false;
    let json = false;
    for (const { name, value } of options) {
      switch (name) {
        case "n": numeric = true; break;
        case "json": json = true; break;
        case "o": fields.push(...parseFields(value)); break;
        default: fields.push(FIELD_OF_LETTER[name]);
      }
      if (fields.length > MAX_FIELDS) throw new ExitError(100, "too many option fields");
    }
    if (json && fields.length > 0) throw new ExitError(100, "--json prints every field: it goes without others");
    if (operands.length === 0) throw new UsageError();

    const several = operands.length > 1;
    let exitCode = 0;
    for (const servicedir of operands) {
      try {
        const snapshot = examine(sys, servicedir);
        if (json) stdout(recordLine(statusRecord(servicedir, snapshot)));
        else if (several) stdout(`${servicedir}: ${render(snapshot)}\n`);
        else stdout(`${render(snapshot)}\n`);
      } catch (error) {
        if (!(error instanceof ExitError)) throw error;
        if (json && error.exitCode === NOT_SUPERVISED) stdout(recordLine({ servicedir, supervised: false }));
        stderr(fatalLine("s6-svstat", error.message));
        exitCode = error.exitCode;
      }
    }
    return exitCode;

    function render(snapshot: Snapshot): string {
      if (fields.length === 0) return describeStatus(snapshot, numeric);
      return fields.map((field) => STATUS_FIELDS[field](snapshot)).join(" ");
    }
  },
};

const NOT_SUPERVISED = 1;

function examine(sys: Sys, servicedir: string): Snapshot {
  if (!unableTo(`check ${servicedir}`, () => isSupervised(sys, servicedir))) {
    throw new ExitError(NOT_SUPERVISED, `unable to read status for ${servicedir}: s6-supervise not running`);
  }
  const status = unableTo(`read status for ${servicedir}`, () => readStatus(sys, servicedir));
  const now = sys.now();
  const down = `${servicedir}/down`;
  return { status, now, normallyUp: !unableTo(`access ${down}`, () => sys.exists(down)) };
}

/** A comma after the last field is fine; an empty list asks for nothing. */
function parseFields(list: string): StatusField[] {
  if (list === "") return [];
  return (list.endsWith(",") ? list.slice(0, -1) : list).split(",").map((field) => {
    if (!isStatusField(field)) throw new ExitError(100, `invalid option field: ${field}`);
    return field;
  });
}

const recordLine = (record: StatusRecord): string => `${JSON.stringify(record)}\n`;
