/**
 * The rest of a chain, in which variables become words and are gone from its environment (execline documentation, -E). Several
 * become words at once: what one of them holds is not looked at again.
 */
export function importing([first, ...others]: readonly [string, ...string[]], rest: readonly string[]): readonly string[] {
  const more = others.filter((name) => name !== first);
  if (more.length === 0) return ["importas", "-uSi", "--", first, ...rest];
  return ["multisubstitute", ...[first, ...more].flatMap((name) => [" importas", " -uSi", " --", ` ${name}`]), "", ...rest];
}
