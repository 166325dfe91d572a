import { becomes, type ChainProcess, type Next } from "./process.ts";

/**
 * What programs do that store a result in a variable (execline documentation, -E and -e): the rest of the chain has it in
 * its environment, or with `autoimport` in its words. undefined: the variable is gone.
 */
export function storing(process: ChainProcess, name: string, value: string | undefined, rest: readonly string[], autoimport: boolean): Next {
  process.environment.set(name, value);
  return autoimport ? { type: "become", words: ["importas", "-uSi", "--", name, ...rest], isOwn: true } : becomes(rest);
}
