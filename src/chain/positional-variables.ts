import { ExitError } from "../cli/failures.ts";
import type { Variables } from "../execline/environment-stack.ts";
import { parseUint } from "../formats/uint.ts";

/** Positional arguments as they stand in the environment: `#`, and `1` to that number (execline documentation, execlineb). */

/** @throws ExitError 100 */
export function countOfPositionals(variables: Variables): number {
  const count = parseUint(variableOf(variables, "#"));
  if (count === undefined) throw new ExitError(100, "invalid $#");
  return count;
}

/** @throws ExitError 100 */
export function variableOf(variables: Variables, name: string): string {
  const value = variables.get(name);
  if (value === undefined) throw new ExitError(100, `${name} not set`);
  return value;
}

/** Those from `first` to `last`, one after the other: there are not always as many as `#` says. @throws ExitError 100 */
export function* positionals(variables: Variables, first: number, last: number): Generator<string> {
  for (let number = first; number <= last; number++) yield variableOf(variables, String(number));
}

/** All are these. What is beyond the old `#` stays. */
export function replacePositionals(variables: Variables, words: readonly string[]): void {
  movePositionals(variables, countOfPositionals(variables));
  for (const [index, word] of words.entries()) variables.set(String(index + 1), word);
  variables.set("#", String(words.length));
}

/** The first `shifted` are gone, and the others have their numbers. */
export function movePositionals(variables: Variables, shifted: number): void {
  const count = countOfPositionals(variables);
  const moved: (readonly [number: number, value: string | undefined])[] = [];
  for (const name of [...variables.names()]) {
    if (!/^[1-9][0-9]*$/.test(name) || Number(name) > count) continue;
    moved.push([Number(name) - shifted, variables.get(name)]);
    variables.set(name, undefined);
  }
  for (const [number, value] of moved) if (number > 0) variables.set(String(number), value);
  variables.set("#", String(count - shifted));
}

export interface PositionalBlock {
  readonly words: readonly string[];
  /** The number of the argument behind it. */
  readonly next: number;
}

/**
 * The block that begins with argument `first`; `number`: what it is called. undefined: the arguments end before it does.
 * @throws ExitError 100
 */
export function positionalBlock(variables: Variables, first: number, number: number, complain: (text: string) => void): PositionalBlock | undefined {
  const words: string[] = [];
  for (const word of positionals(variables, first, countOfPositionals(variables))) {
    if (word === "") return { words, next: first + words.length + 1 };
    if (!word.startsWith(" ")) complain(`unquoted positional ${word} at block ${number} position ${words.length + 1}`);
    words.push(word.replace(/^ /, ""));
  }
  return undefined;
}
