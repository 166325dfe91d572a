/** What the keys of a substitution stand for: lists of words; a single value is a list of one. */
export interface Values {
  get(key: string): readonly string[] | undefined;
}

/** `${KEY}` or `$KEY`: a key goes on until one of the four bytes that it can't have. */
const REFERENCE = /\$(?:\{([^\\${}]+)\}|([^\\${}]+))/g;

/**
 * Every key in every argument becomes its words, all at once (execline documentation, el_substitute). An argument with
 * lists becomes one argument per combination, the leftmost list varying slowest; a list without words makes it vanish.
 * What a value holds is never looked at again.
 */
export const substitute = (args: readonly string[], values: Values): string[] =>
  args.flatMap((arg) => (arg.includes("$") ? combinations(partsOf(arg, values)) : [arg]));

/** The argument in pieces: each is one of its words. */
function partsOf(arg: string, values: Values): (readonly string[])[] {
  const parts: (readonly string[])[] = [];
  let done = 0;
  for (const { 0: reference, 1: braced, 2: bare, index } of arg.matchAll(REFERENCE)) {
    const words = values.get(braced ?? bare ?? "");
    if (words === undefined) continue;
    let escapes = index;
    while (escapes > done && arg[escapes - 1] === "\\") escapes--;
    const count = index - escapes;
    // Two backslashes are one; an odd one says that the key is text.
    parts.push([arg.slice(done, escapes + Math.floor(count / 2))], count % 2 === 0 ? words : [reference]);
    done = index + reference.length;
  }
  parts.push([arg.slice(done)]);
  return parts;
}

function combinations(parts: readonly (readonly string[])[]): readonly string[] {
  // Nothing is multiplied before it is known that something remains.
  if (parts.some((words) => words.length === 0)) return [];
  return parts.reduce<readonly string[]>((heads, words) => heads.flatMap((head) => words.map((word) => head + word)), [""]);
}
