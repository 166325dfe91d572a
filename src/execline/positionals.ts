import type { Values } from "./substitution.ts";

/**
 * What positional parameters stand for (execline documentation, execlineb -S and -s, elgetpositionals): `#`, `@`, `0` and
 * `1` to the number of arguments, at least to `least`; those that are missing are the empty word. `$@` begins behind the
 * first `shifted` arguments: execlineb -s; the numbers don't.
 */
export function positionalValues(name: string, args: readonly string[], least: number, shifted = 0): Values {
  const values = new Map<string, readonly string[]>([["#", [String(args.length)]], ["@", args.slice(shifted)], ["0", [name]]]);
  for (let number = 1; number <= Math.max(args.length, least); number++) values.set(String(number), [args[number - 1] ?? ""]);
  return values;
}
