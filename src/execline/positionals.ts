import type { Values } from "./substitution.ts";

/**
 * What positional parameters stand for (execline documentation, execlineb -S and -s, elgetpositionals): `#`, `@`, `0` and
 * `1` to the number of arguments, at least to `least`; those that are missing are the empty word. `$@` begins behind the
 * first `shifted` arguments: execlineb -s; the numbers don't.
 */
export function positionalValues(name: string, args: readonly string[], least: number, shifted = 0): Values {
  const most = Math.max(args.length, least);
  return {
    get(key) {
      if (key === "#") return [String(args.length)];
      if (key === "@") return args.slice(shifted);
      if (key === "0") return [name];
      // Not one by one in a table: it may be said that there are billions.
      return /^[1-9][0-9]*$/.test(key) && Number(key) <= most ? [args[Number(key) - 1] ?? ""] : undefined;
    },
  };
}
