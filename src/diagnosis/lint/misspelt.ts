import { DEFINITION_FILES } from "../../formats/definition.ts";

/** Names of files that mean something to a supervisor: those that a typing error makes ineffective without a word. */
const KNOWN = [...DEFINITION_FILES, "down"] as const;
const BACKUP = /(~|\.(bak|orig|old|new|tmp|swp|save|rej|dist|sample|example|disabled|in|j2|erb|tmpl|dpkg-\w+|rpm\w+))$/;
const SHORT = 4;

/** The name that was probably meant; undefined when this one is fine, or like none. `others`: what else is there. */
export function meantBy(name: string, others: readonly string[]): string | undefined {
  if ((KNOWN as readonly string[]).includes(name) || BACKUP.test(name)) return undefined;
  const plain = normal(name);
  const same = KNOWN.find((known) => known === plain);
  if (same !== undefined) return same;
  return KNOWN.find((known) => {
    // A short word is like many others: it counts only where the real one is missing.
    if (known.length <= SHORT && (others.includes(known) || known === "down")) return false;
    return distance(plain, known) <= (known.length < 8 ? 1 : 2);
  });
}

/** Without what people vary: case, separators, an ending. */
const normal = (name: string): string => name.replace(/\.(sh|txt|conf)$/, "").toLowerCase().replace(/[_. ]/g, "-");

/** How many letters must be put in, left out, changed, or swapped with their neighbours. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      next.push(cost);
    }
    [before, last] = [last, next];
  }
  return last[to.length] ?? 0;
}
