import { parseUint } from "../formats/uint.ts";
import { ExitError, known, UsageError } from "./failures.ts";

/** What the makers of service directories have in common on their command lines (s6 documentation, s6-instance-maker). */

const MAX_UINT64 = 2n ** 64n - 1n;
const [DEFAULT_FILES, DEFAULT_FILE_SIZE] = [10, 1_000_000n];
const MAX_STAMP_TYPE = 3;

export const LOGGER_HELP = `  -l USER    run the logger as this user
  -t TYPE    time stamps: 0 none, 1 TAI64N (default), 2 ISO 8601, 3 both
  -n N       how many archives (default ${DEFAULT_FILES})
  -s BYTES   size of a log file (default ${DEFAULT_FILE_SIZE})
  -S BYTES   size of all archives together; 0 = no limit (default)
  -P PREFIX  what every line begins with`;

/** How a logger logs: the options -l, -t, -n, -s, -S and -P. */
export class LoggerOptions {
  user: string | undefined = undefined;
  stampType = 1;
  files = DEFAULT_FILES;
  fileSize = DEFAULT_FILE_SIZE;
  maxSize = 0n;
  prefix: string | undefined = undefined;

  take(name: "l" | "t" | "n" | "s" | "S" | "P", value: string): void {
    switch (name) {
      case "l": this.user = value; break;
      case "t": this.stampType = stampType(value); break;
      case "n": this.files = known(parseUint(value)); break;
      case "s": this.fileSize = uint64(value); break;
      case "S": this.maxSize = uint64(value); break;
      case "P": this.prefix = value; break;
    }
  }
}

function stampType(text: string): number {
  const type = known(parseUint(text));
  if (type > MAX_STAMP_TYPE) throw new ExitError(100, "stamptype must be 0, 1, 2 or 3");
  return type;
}

function uint64(text: string): bigint {
  if (!/^[0-9]+$/.test(text)) throw new UsageError();
  const value = BigInt(text);
  if (value > MAX_UINT64) throw new UsageError();
  return value;
}

export function requireAbsolute(logdir: string): void {
  if (!logdir.startsWith("/")) throw new ExitError(100, "logdir must be absolute");
}

/** The value of -r: the names of definition directories of s6-rc. */
export interface DefinitionNames {
  readonly service: string;
  readonly logger: string | undefined;
  /** Of the bundle of both. */
  readonly pipeline: string | undefined;
}

export function parseDefinitionNames(text: string, form: string): DefinitionNames {
  if (text.includes("\n")) throw new ExitError(100, "newlines are forbidden in s6-rc names");
  const parts = text.split("/");
  if (parts.length > 3) throw new ExitError(100, `argument to -r must be: ${form}`);
  for (const [index, what] of (["service", "logger", "pipeline"] as const).entries()) {
    if (parts[index] === "") throw new ExitError(100, `${what} name cannot be empty`);
  }
  const [service = "", logger, pipeline] = parts;
  return { service, logger, pipeline };
}
