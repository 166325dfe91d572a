import { ExitError } from "../cli/failures.ts";
import { becomes, type ChainProcess, type Next } from "./process.ts";

/** @throws ExitError 100 */
export function variableName(name: string): string {
  if (name === "" || name.includes("=")) throw new ExitError(100, "invalid variable name");
  return name;
}

/**
 * What programs do that store a result in the first of these variables (execline documentation, -E and -e): the rest of the
 * chain has them in its environment, or with `autoimport` in its words. `value` undefined: the variable is gone.
 */
export function storing(process: ChainProcess, names: readonly [string, ...string[]], value: string | undefined, rest: readonly string[], autoimport: boolean): Next {
  process.environment.set(names[0], value);
  return autoimport ? { type: "become", words: importing(names, rest), isOwn: true } : becomes(rest);
}

/** Several become words at once: what one of them holds is not looked at again. */
function importing([first, ...others]: readonly [string, ...string[]], rest: readonly string[]): readonly string[] {
  const more = others.filter((name) => name !== first);
  if (more.length === 0) return ["importas", "-uSi", "--", first, ...rest];
  return ["multisubstitute", ...[first, ...more].flatMap((name) => [" importas", " -uSi", " --", ` ${name}`]), "", ...rest];
}
