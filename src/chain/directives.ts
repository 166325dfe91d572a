import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { DEFAULT_DELIMITERS, type ValueRules } from "../execline/value.ts";
import { parseUint } from "../formats/uint.ts";
import type { Source } from "./operation.ts";

/** Takes a block of words; `rest` undefined: it has no end. */
export type TakeBlock = (args: readonly string[]) => { readonly words: readonly string[]; readonly rest: readonly string[] | undefined };

/** Something to substitute, and the command line behind it. */
export interface Directed {
  readonly source: Source;
  readonly rest: readonly string[];
}

/** A program that substitutes, or the same as a directive of multisubstitute. @throws UsageError, ExitError */
export type Directive = (args: readonly string[], take: TakeBlock) => Directed;

type ValueOptions = readonly { readonly name: string; readonly value: string }[];

/** Of two that say the opposite, the last. */
function lastOf(options: ValueOptions, yes: string, no: string): boolean {
  return options.filter(({ name }) => name === yes || name === no).at(-1)?.name === yes;
}

const has = (options: ValueOptions, letter: string): boolean => options.some(({ name }) => name === letter);
const argumentOf = (options: ValueOptions, letter: string): string | undefined => options.filter(({ name }) => name === letter).at(-1)?.value;

const valueRules = (options: ValueOptions): ValueRules => ({
  crunch: lastOf(options, "C", "c"), chomp: lastOf(options, "n", "N"), split: has(options, "s"), delimiters: argumentOf(options, "d") ?? DEFAULT_DELIMITERS,
});

/** [ -N | -n ] [ -s ] [ -C | -c ] [ -d delimiters ] key value */
export const define: Directive = (args) => {
  const { options, operands: [key, value, ...rest] } = parseOptions(args, "NnsCcd:");
  if (key === undefined || value === undefined) throw new UsageError();
  return { source: { type: "value", key, value, rules: valueRules(options) }, rest };
};

/** [ -i | -D default ] [ -u ] [ -S ] and define's options; key variable, with -S the key alone */
export const importas: Directive = (args) => {
  const { options, operands: [key, ...others] } = parseOptions(args, "iD:uSNnsCcd:");
  const [name, ...rest] = has(options, "S") && key !== undefined ? [key, ...others] : others;
  if (key === undefined || name === undefined) throw new UsageError();
  const value = argumentOf(options, "D");
  const otherwise = has(options, "i") ? "error" : value === undefined ? "nothing" : { value };
  return { source: { type: "variable", key, name, rules: { ...valueRules(options), otherwise, unset: has(options, "u") } }, rest };
};

/** [ -v ] [ -w ] [ -s ] [ -m ] [ -e ] [ -0 ] [ -n ] [ -d delimiter ] key pattern */
export const elglob: Directive = (args) => {
  const { options, operands: [key, pattern, ...rest] } = parseOptions(args, "vwsme0nd:");
  if (key === undefined || pattern === undefined) throw new UsageError();
  const rules = {
    isVerbose: has(options, "v"), failsOnError: has(options, "w"), isSorted: has(options, "s"), marksDirectories: has(options, "m"),
    hasEscapes: !has(options, "e"), mayBeNothing: has(options, "0"), delimiter: argumentOf(options, "d")?.charAt(0), endsWithDelimiter: !has(options, "n"),
  };
  return { source: { type: "glob", key, pattern, rules }, rest };
};

/** [ -P least ] */
export const elgetpositionals: Directive = (args) => {
  const { options, operands: rest } = parseOptions(args, "P:");
  const numbers = options.map(({ value }) => parseUint(value));
  if (numbers.includes(undefined)) throw new UsageError();
  return { source: { type: "positionals", least: numbers.at(-1) ?? 0 }, rest };
};

/** [ -0 ] [ -r ] [ -N | -n ] [ -C | -c ] [ -d delimiters ] value { keys... } */
export const multidefine: Directive = (args, take) => {
  const { options, operands: [value, ...others] } = parseOptions(args, "0rNnCcd:");
  if (value === undefined) throw new UsageError();
  const { words: keys, rest } = take(others);
  if (rest === undefined) throw new UsageError();
  if (keys.length === 0) throw new EmptyBlock();
  const rules = { ...valueRules(options), split: true, mayBeNothing: has(options, "0"), lastTakesRest: has(options, "r") };
  return { source: { type: "values", keys, value, rules }, rest };
};

/** C's multisubstitute does not know what is wrong there. */
export class EmptyBlock extends ExitError {
  constructor() {
    super(100, "empty block");
  }
}

export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map([
  ["define", define], ["elgetpositionals", elgetpositionals], ["elglob", elglob], ["importas", importas], ["multidefine", multidefine],
]);
