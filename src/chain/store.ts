import { ExitError } from "../cli/failures.ts";
import { importing } from "./autoimport.ts";
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
