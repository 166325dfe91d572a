import { makeTempDirectory, writeTree } from "./c-tree.ts";

/** Shows words. */
export const S = `printf '<%s>'`;
/** Variables of every kind. */
export const ENV = `env -i PATH=/usr/bin X=ex Y='a  b ' N=1:a,2:bc, EM= T='x ' L=$'p:q::\\xff' 0=me '#=2' 1=p 2=q`;

/** A new directory of files for patterns. */
export function cwd(): string {
  const directory = makeTempDirectory();
  writeTree(directory, { b: "", a: "", c: "", "*x": "", ".h": "", "q[1]": "", "sub/file": "", "other/z": "", "\xff\xfe": "" });
  return directory;
}

/** Every third of all pairs: each of one with several of the other. */
export const crossed = (ones: readonly string[], others: readonly string[]): (readonly [string, string])[] =>
  ones.flatMap((one, row) => others.filter((_, column) => (row + column) % 3 === 0).map((other) => [one, other] as const));
