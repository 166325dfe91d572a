import { constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import type { Logger, pino as Pino } from "pino";
import { LineSink } from "./line-sink.ts";

/** What the daemons say: a line on stderr in s6's form, and the same as JSON where S6_ACTORS_LOG asks for it. */
export type Severity = "info" | "hint" | "warning" | "fatal";

/** Absolute path of a file or FIFO that gets one JSON object a line. */
export const LOG_VARIABLE = "S6_ACTORS_LOG";

const LEVELS = { info: "info", hint: "info", warning: "warn", fatal: "fatal" } as const satisfies Record<Severity, string>;

export const STDERR = 2;
/** By descriptor. */
const sinks = new Map<number, LineSink>();
let logger: Logger | undefined | "none";

/**
 * `program` is "s6-svscan" or "s6-supervise NAME"; `stderr` is another descriptor than 2 for a supervisor that got another
 * one. Never throws, never blocks. False when there was no room for the line.
 */
export function report(program: string, severity: Severity, text: string, stderr = STDERR): boolean {
  const isWritten = sinkOf(stderr).write(`${program}: ${severity}: ${text}\n`);
  logger ??= openLog() ?? "none";
  if (logger === "none") return isWritten;
  const [name, ...service] = program.split(" ");
  logger[LEVELS[severity]]({ program: name, ...(service.length > 0 ? { service: service.join(" ") } : {}) }, text);
  return isWritten;
}

/** After descriptor 2 was replaced: the next line goes to the new one. */
export function reopenStderr(): void {
  sinks.delete(STDERR);
}

export function sinkOf(fd: number): LineSink {
  const sink = sinks.get(fd) ?? LineSink.reopen(fd);
  sinks.set(fd, sink);
  return sink;
}

/** pino is loaded by the first line that it gets to write: most trees never have one. */
function openLog(): Logger | undefined {
  const path = process.env[LOG_VARIABLE];
  if (path === undefined || path === "") return undefined;
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
    const sink = new LineSink(openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o644));
    const { pino } = createRequire(import.meta.filename)("pino") as { pino: typeof Pino };
    return pino({ base: { pid: process.pid } }, { write: (line: string) => sink.write(line) });
  } catch (error) {
    sinkOf(STDERR).write(`s6-svscan: warning: no log in ${path}: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}
