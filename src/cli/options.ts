import { msOrForever, parseUint } from "../formats/uint.ts";
import { ExitError, UsageError } from "./failures.ts";

/**
 * Command lines as s6 reads them (s6 documentation; skalibs subgetopt and gol): options end at the first operand, at
 * `--` (dropped) or at a lone `-` (kept). `-abc` is `-a -b -c`; a value is the rest of its word or the next word,
 * whatever that begins with. What follows the first operand are operands, even `-u`: a script may pass names that it
 * did not choose, and a chained command line has options of its own.
 */
export interface CommandLine<Name extends string> {
  /** In the order given; `value` is "" for an option without one. */
  readonly options: readonly Option<Name>[];
  readonly operands: readonly string[];
}

interface Option<Name extends string> {
  /** The letter of a short option, the word of one that has no letter. */
  readonly name: Name;
  readonly value: string;
}

/** Letters of a spec in the notation of getopt(3), where `:` follows a letter that takes a value. */
type LettersOf<Spec extends string> = Spec extends `${infer First}${infer Rest}`
  ? First extends ":" ? LettersOf<Rest> : First | LettersOf<Rest>
  : never;

/** What became of a word that begins with `--`, or of a letter that is not in the spec. */
interface Dialect<Name extends string> {
  long(word: string): Option<Name>;
  unknown(letter: string): Error;
}

/**
 * The classic way: `spec` such as "Ssn:", plus our own options that have only a long name: `flags` without a value,
 * `valued` with one (`--name=value`).
 * @throws UsageError
 */
export function parseOptions<Spec extends string, Flag extends string = never, Valued extends string = never>(
  args: readonly string[],
  spec: Spec,
  flags: readonly Flag[] = [],
  valued: readonly Valued[] = [],
): CommandLine<LettersOf<Spec> | Flag | Valued> {
  return parse<LettersOf<Spec> | Flag | Valued>(args, spec, {
    long(word) {
      const name = flags.find((flag) => word === `--${flag}`);
      if (name !== undefined) return { name, value: "" };
      const long = valued.find((known) => word.startsWith(`--${known}=`));
      if (long === undefined) throw new UsageError(word);
      return { name: long, value: word.slice(long.length + 3) };
    },
    unknown: (letter) => new UsageError(`-${letter}`),
  });
}

/** Our own long options may have their value in the next word: `--since 2h` becomes `--since=2h`. */
export function joinValues(args: readonly string[], names: readonly string[]): string[] {
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    if (names.includes(word) && index + 1 < args.length) words.push(`${word}=${args[++index]}`);
    else words.push(word);
  }
  return words;
}

/**
 * The newer way, with a long name for each letter: `--name`, or `--name=value` for a letter that takes one; whole
 * names only. A flag that has no letter stands for itself.
 * @throws UsageError for a missing value, ExitError 100 for an option that does not exist.
 */
export function parseLongOptions<Spec extends string, Flag extends string = never>(
  args: readonly string[],
  spec: Spec,
  names: Readonly<Record<string, LettersOf<Spec> | Flag>>,
): CommandLine<LettersOf<Spec> | Flag> {
  return parse<LettersOf<Spec> | Flag>(args, spec, {
    long(word) {
      const equals = word.indexOf("=");
      const long = equals < 0 ? word.slice(2) : word.slice(2, equals);
      if (long === "") throw new ExitError(100, `invalid option: ${word}`);
      const name = Object.hasOwn(names, long) ? names[long] : undefined;
      if (name === undefined || takesValue(spec, name) !== equals >= 0) {
        const kind = equals < 0 ? "boolean option" : "option with argument";
        throw new ExitError(100, `unrecognized ${kind}: ${word}`);
      }
      return { name, value: equals < 0 ? "" : word.slice(equals + 1) };
    },
    unknown: (letter) => new ExitError(100, `unrecognized short option: ${letter}`),
  });
}

function parse<Name extends string>(
  args: readonly string[],
  spec: string,
  dialect: Dialect<Name>,
): CommandLine<Name> {
  const options: Option<Name>[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === "--") {
      index++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      options.push(dialect.long(word));
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if (letter === ":" || !spec.includes(letter)) throw dialect.unknown(letter);
      const name = letter as Name;
      if (!takesValue(spec, letter)) {
        options.push({ name, value: "" });
        continue;
      }
      const value = at + 1 < word.length ? word.slice(at + 1) : args[++index];
      if (value === undefined) throw new UsageError(`-${letter} needs a value`);
      options.push({ name, value });
      break;
    }
  }
  return { options, operands: args.slice(index) };
}

const takesValue = (spec: string, letter: string): boolean => spec.includes(`${letter}:`);

/** The value of an option of the newer way. @throws ExitError 100 */
export function parseNumber(text: string, name: string): number {
  const value = parseUint(text);
  if (value === undefined) throw new ExitError(100, `${name} must be an unsigned integer`);
  return value;
}

/** The value of -t or -T: milliseconds; undefined for no limit. */
export function parseTimeout(text: string): number | undefined {
  const value = parseUint(text);
  if (value === undefined) throw new UsageError(`invalid time: ${text}`);
  return msOrForever(value);
}

/** The same, undefined when not given, in the programs whose options have long names. */
export function parseLongTimeout(text: string | undefined): number | undefined {
  return text === undefined ? undefined : msOrForever(parseNumber(text, "timeout"));
}
