import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { fnmatch } from "../sys/patterns.ts";
import { Regex, type RegexRules } from "../sys/regex.ts";
import { SystemError } from "../sys/system-error.ts";
import { becomesOrExits, type ChainProcess, type Next } from "./process.ts";

/** The groups of a match; undefined: there is none. @throws ExitError */
type Match = (pattern: string) => readonly string[] | undefined;

/** case [ -S | -s ] [ -E | -e ] [ -i ] [ -n | -N ] VALUE { PATTERN { PROG... } ... } DEFAULT... */
export function runCase(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [value, ...more] } = parseOptions(args, "SsEeinN");
  let [isShell, isBasic, hasDots, isFull] = [false, false, false, false];
  for (const { name } of options) {
    switch (name) {
      case "S": isShell = false; break;
      case "s": isShell = true; break;
      case "E": isBasic = false; break;
      case "e": isBasic = true; break;
      case "i": hasDots = true; break;
      case "n": isFull = false; break;
      case "N": isFull = true; break;
    }
  }
  if (value === undefined || more.length === 0) throw new UsageError();
  const { words: cases, rest } = process.block(more, 1, "case block");
  // The letters mean something else for patterns of file names.
  const match: Match = isShell
    ? (pattern) => (fnmatch(pattern, value, { noEscape: isBasic, period: hasDots, pathname: isFull }) ? [] : undefined)
    : (pattern) => groupsOf(pattern, value, { isBasic, ignoresCase: hasDots });

  let number = 2;
  for (let [pattern, ...behind] = cases; pattern !== undefined; number++) {
    if (behind.length === 0) throw new ExitError(100, "malformed case block");
    const { words, rest: others } = process.block(behind, number, "regex block");
    const groups = match(pattern);
    if (groups === undefined) {
      [pattern, ...behind] = others;
      continue;
    }
    if (isFull && !isShell) for (const [index, text] of [pattern, ...groups].entries()) process.environment.set(String(index), text);
    if (isFull && !isShell) process.environment.set("#", String(groups.length));
    return becomesOrExits(words);
  }
  return becomesOrExits(rest);
}

function groupsOf(pattern: string, value: string, rules: RegexRules): readonly string[] | undefined {
  const whole = `^${pattern}$`;
  try {
    const found = new Regex(Buffer.from(whole, "latin1"), rules).groups(Buffer.from(value, "latin1"));
    return found?.slice(1).map((span) => (span === undefined ? "" : value.slice(span.start, span.end)));
  } catch (error) {
    if (!(error instanceof SystemError && error.cause instanceof Error)) throw error;
    throw new ExitError(100, `unable to regcomp "${whole}": ${error.cause.message}`, { cause: error });
  }
}
