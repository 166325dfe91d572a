import { ExitError } from "../cli/failures.ts";
import { encodeNetstrings } from "../execline/netstring.ts";
import { positionalValues } from "../execline/positionals.ts";
import { substitute, type Values } from "../execline/substitution.ts";
import { NetstringError, valueWords } from "../execline/value.ts";
import { parseUint } from "../formats/uint.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Environment } from "./environment.ts";
import type { DistributionRules, GlobRules, Source, VariableRules } from "./operation.ts";

/** Finds file names; the paths that the pattern stands for. @throws SystemError */
export type Glob = (pattern: string, rules: GlobRules) => readonly string[];

/**
 * The rest of a command line, with the words that its sources stand for now. Variables that are to be gone afterwards are
 * gone. @throws ExitError
 */
export function substituted(rest: readonly string[], sources: readonly Source[], environment: Environment, glob: Glob): string[] {
  const table = new Table(environment, glob);
  for (const source of sources) table.add(source);
  for (const name of table.unset) environment.set(name, undefined);
  return substitute(rest, table);
}

/** What is wrong with a source, before it is known who says so. */
class BadKey extends Error {}

class Table implements Values {
  readonly #environment: Environment;
  readonly #glob: Glob;
  readonly #single = new Map<string, readonly string[]>();
  #positionals: Values | undefined;
  /** Variables that go. */
  readonly unset: string[] = [];

  constructor(environment: Environment, glob: Glob) {
    this.#environment = environment;
    this.#glob = glob;
  }

  get(key: string): readonly string[] | undefined {
    return this.#single.get(key) ?? this.#positionals?.get(key);
  }

  /** A key that is wrong is found before the value is looked at. */
  add(source: Source, directive?: string): void {
    try {
      this.#add(source);
    } catch (error) {
      if (error instanceof BadKey) {
        throw directive === undefined ? new ExitError(111, "bad substitution key") : new ExitError(100, `wrong key for directive ${directive}`);
      }
      const cause = error instanceof NetstringError ? new SystemError("netstring", undefined, "EINVAL") : error;
      if (!(cause instanceof SystemError)) throw error;
      throw new ExitError(111, `unable to ${directive === undefined ? "complete exlsn function" : `run directive ${directive}`}: ${cause.reason}`, { cause });
    }
  }

  #add(source: Source): void {
    switch (source.type) {
      case "value": return this.#set(source.key, () => valueWords(source.value, source.rules));
      case "values": return this.#distribute(source.keys, source.value, source.rules);
      case "variable":
        this.#set(source.key, () => this.#wordsOf(source.name, source.rules));
        if (source.rules.unset) this.unset.push(source.name);
        return;
      case "positionals": return this.#setPositionals(environmentPositionals(source.least, this.#environment));
      case "arguments": return this.#setPositionals(positionalValues(source.name, source.args, source.least, source.shifted));
      case "glob": return this.#set(source.key, () => joined(this.#glob(source.pattern, source.rules), source.rules));
      case "directive": return this.add(source.source, source.name);
      case "failure": throw new ExitError(source.error.exitCode, source.error.message);
    }
  }

  #set(key: string, words: () => readonly string[]): void {
    if (key === "" || this.get(key) !== undefined) throw new BadKey();
    this.#single.set(key, words());
  }

  #setPositionals(values: Values): void {
    if (this.#positionals !== undefined || [...this.#single.keys()].some((key) => values.get(key) !== undefined)) throw new BadKey();
    this.#positionals = values;
  }

  /** The empty key is for words that nobody wants. Those that are more than there are keys follow that of the last named one. */
  #distribute(keys: readonly string[], value: string, rules: DistributionRules): void {
    const words = valueWords(value, rules);
    const last = rules.lastTakesRest ? keys.findLastIndex((key) => key !== "") : -1;
    const extra = Math.max(words.length - keys.length, 0);
    for (const [index, key] of keys.entries()) {
      if (key === "") continue;
      const own = words.slice(index, index + 1 + (index === last ? extra : 0));
      this.#set(key, () => (own.length > 0 || rules.mayBeNothing ? own : [""]));
    }
  }

  #wordsOf(name: string, rules: VariableRules): readonly string[] {
    const { otherwise } = rules;
    const value = this.#environment.get(name);
    if (value !== undefined) return valueWords(value, rules);
    if (otherwise === "error") throw new ExitError(100, `${name} not set`);
    return otherwise === "nothing" ? [] : valueWords(otherwise.value, rules);
  }
}

function joined(paths: readonly string[], { delimiter, endsWithDelimiter }: GlobRules): readonly string[] {
  if (delimiter === undefined) return paths;
  if (delimiter === "") return [encodeNetstrings(paths)];
  return [paths.join(delimiter) + (endsWithDelimiter && paths.length > 0 ? delimiter : "")];
}

/** All of them must be there that # counts. */
function environmentPositionals(least: number, environment: Environment): Values {
  const text = environment.get("#") ?? "";
  const count = parseUint(text);
  const name = environment.get("0");
  if (count === undefined || name === undefined) throw new BadKey();
  const args: string[] = [];
  for (let number = 1; number <= count; number++) {
    const value = environment.get(String(number));
    if (value === undefined) throw new BadKey();
    args.push(value);
  }
  const values = positionalValues(name, args, least);
  return { get: (key) => (key === "#" ? [text] : values.get(key)) };
}
