import { ExitError } from "../cli/failures.ts";
import { positionalValues } from "../execline/positionals.ts";
import { substitute, type Values } from "../execline/substitution.ts";
import { NetstringError, valueWords } from "../execline/value.ts";
import { parseUint } from "../formats/uint.ts";
import type { Environment } from "./environment.ts";
import type { GlobRules, Source, VariableRules } from "./operation.ts";

/** Finds file names; the words that the pattern stands for. */
export type Glob = (pattern: string, rules: GlobRules) => readonly string[];

/**
 * The rest of a command line, with the words that its sources stand for now. Variables that are to be gone afterwards are
 * gone. @throws ExitError
 */
export function substituted(rest: readonly string[], sources: readonly Source[], environment: Environment, glob: Glob): string[] {
  const values = new Map<string, readonly string[]>();
  for (const source of sources) {
    for (const [key, words] of wordsOf(source, environment, glob)) {
      if (key === "" || values.has(key)) throw new ExitError(111, "bad substitution key");
      values.set(key, words);
    }
  }
  for (const source of sources) if (source.type === "variable" && source.rules.unset) environment.set(source.name, undefined);
  return substitute(rest, values);
}

function wordsOf(source: Source, environment: Environment, glob: Glob): Values {
  switch (source.type) {
    case "words": return new Map([[source.key, source.words]]);
    case "variable": return new Map([[source.key, variableWords(source.name, source.rules, environment)]]);
    case "positionals": return positionals(source.least, environment);
    case "glob": return new Map([[source.key, glob(source.pattern, source.rules)]]);
  }
}

function variableWords(name: string, rules: VariableRules, environment: Environment): readonly string[] {
  const { otherwise } = rules;
  const value = environment.get(name);
  if (value !== undefined) return transformed(value, rules);
  if (otherwise === "error") throw new ExitError(100, `${name} not set`);
  return otherwise === "nothing" ? [] : transformed(otherwise.value, rules);
}

function transformed(value: string, rules: VariableRules): readonly string[] {
  try {
    return valueWords(value, rules);
  } catch (error) {
    if (error instanceof NetstringError) throw new ExitError(111, "bad substitution value", { cause: error });
    throw error;
  }
}

function positionals(least: number, environment: Environment): Values {
  const count = parseUint(environment.get("#") ?? "");
  const name = environment.get("0");
  if (count === undefined || name === undefined) throw new ExitError(111, "bad substitution key");
  const args = Array.from({ length: count }, (_, index) => environment.get(String(index + 1)) ?? "");
  return positionalValues(name, args, least);
}
