import type { LogOptions } from "../actors/log/log-options.ts";
import { logForever } from "../actors/log/own-process.ts";
import { msOrForever, parseUint } from "../formats/uint.ts";
import { parseScript, type Script, ScriptError } from "../machines/log/script.ts";
import { LineRegex } from "../sys/regex.ts";
import { SystemError } from "../sys/system-error.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, known, UsageError, warningLine } from "./failures.ts";
import { inheritedFd, launchedWith } from "./notification-fd.ts";
import { parseOptions } from "./options.ts";
import type { Context, Program } from "./program.ts";
import { exitNow } from "../sys/process.ts";
import { exitErrorOf } from "./start-failure.ts";

const LIMIT = { least: 48, usual: 8192 } as const;
const PARTIAL_MS = 2000;

export const s6log: Program = {
  name: "s6-log",
  synopsis: "s6-log [ -d notif ] [ -q | -v ] [ -b ] [ -p ] [ -l linelimit ] [ -t partialtimeout ] logging_script...",
  help: `Reads lines from stdin and does with each what the script says, one directive a word.

  -d FD   write a newline there when everything is ready to take lines
  -q, -v  say less, say more (default: warnings)
  -b      do not read while anything waits to be written
  -p      ignore SIGTERM: leave only at the end of stdin, or at SIGHUP
  -l N    longest line, longer ones are split (default ${LIMIT.usual}; 0: no limit; at least ${LIMIT.least})
  -t MS   how long the end of a line is waited for when it is to stop (default ${PARTIAL_MS}; 0: for ever)

which lines (those that are not selected skip the actions that follow):
  +RE  -RE  f      select, deselect what matches (POSIX extended, empty: all); select what had no action yet
how:
  nN sN SN lN      archives kept, bytes of a file, bytes of all archives, tolerance
  rN RN            retry after so many ms, rotate every so many seconds
  EN ^N pTEXT      bytes shown in alerts, size of status files, prefix
  !CMD ?CMD        processor of rotated files, by execlineb or by sh
  t T              TAI64N stamp, local time: before the next action's lines
what:
  1  2  =FILE      to stdout, as an alert to stderr, into a status file
  /DIR  .DIR       into a logdir: current, and archives @TAI64N.s (.u: not finished in order)

SIGTERM, SIGHUP: stop after the current line; SIGALRM: rotate.
Exit codes: 0 end of stdin or told to stop, 100 wrong usage or script, 111 system error at the start.`,
  main(context) {
    const options = logOptions(context, launchedWith());
    try {
      logForever(options, exitNow);
    } catch (error) {
      throw exitErrorOf(error);
    }
    return RUNNING;
  },
};

/** What the command line says; `inherited`: descriptors ≥ 3 that there are. @throws UsageError, ExitError */
export function logOptions({ args, stderr }: Pick<Context, "args" | "stderr">, inherited: readonly number[] | undefined): LogOptions {
  const { options, operands } = parseOptions(args, "d:qvbpl:t:");
  const settings: { -readonly [Name in keyof LogOptions]: LogOptions[Name] } = {
    script: { stanzas: [], isLoose: false }, notificationFd: undefined, verbosity: 1, blocks: false, ignoresTerm: false,
    lineLimit: LIMIT.usual, partialMs: PARTIAL_MS,
  };
  for (const { name, value } of options) {
    switch (name) {
      case "d": settings.notificationFd = inheritedFd(known(parseUint(value)), inherited); break;
      case "q": settings.verbosity = Math.max(0, settings.verbosity - 1); break;
      case "v": settings.verbosity++; break;
      case "b": settings.blocks = true; break;
      case "p": settings.ignoresTerm = true; break;
      case "l": settings.lineLimit = atLeast(known(parseUint(value))); break;
      case "t": settings.partialMs = msOrForever(known(parseUint(value))); break;
    }
  }
  if (operands.length === 0) throw new UsageError();
  settings.script = scriptIn(operands);
  if (settings.script.isLoose && settings.verbosity > 0) stderr(warningLine("s6-log", "ignoring extraneous non-action directives"));
  return settings;
}

const atLeast = (limit: number): number => (limit === 0 ? 0 : Math.max(limit, LIMIT.least));

function scriptIn(words: readonly string[]): Script<LineRegex> {
  try {
    return parseScript(words, compile);
  } catch (error) {
    if (error instanceof ScriptError) throw new ExitError(100, error.message);
    throw error;
  }
}

function compile(expression: string): LineRegex | undefined {
  try {
    return new LineRegex(expression);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
