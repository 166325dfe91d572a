import { known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import type { Link } from "./operation.ts";

const MOST_VERBOSE = 4;

/**
 * s6-sudo [ -q | -Q | -v ] [ -p bindpath ] [ -l localname ] [ -e ] [ -t timeout ] [ -T timeoutrun ] path [ args... ]: does nothing
 * itself, but rewrites its command line.
 */
export function parseSudo(args: readonly string[]): Link {
  const { options, operands: [path, ...words] } = parseOptions(args, "qQvp:l:et:T:");
  let [verbosity, tellsVariables, timeoutMs, runMs] = [1, true, 0, 0];
  let [bound, local]: readonly (readonly string[])[] = [[], []];
  for (const { name, value } of options) {
    switch (name) {
      case "q": verbosity = Math.max(verbosity - 1, 0); break;
      case "Q": verbosity = 1; break;
      case "v": verbosity++; break;
      case "p": bound = ["-p", value]; break;
      case "l": local = ["-l", value]; break;
      case "e": tellsVariables = false; break;
      case "t": timeoutMs = known(parseUint(value)); break;
      case "T": runMs = known(parseUint(value)); break;
    }
  }
  if (path === undefined) throw new UsageError();
  const loud = Array.from({ length: Math.min(verbosity, MOST_VERBOSE) - 1 }, () => "-v");
  const rest = [
    "s6-ipcclient", ...(verbosity === 0 ? ["-Q"] : loud), ...(bound ?? []), ...(local ?? []), "--", path,
    "s6-sudoc", ...(tellsVariables ? [] : ["-e"]), "-t", String(timeoutMs), "-T", String(runMs), "--", ...words,
  ];
  return { operations: [], rest, isOwn: true };
}
