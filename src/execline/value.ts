import { decodeNetstrings, NetstringError } from "./netstring.ts";

export { NetstringError };

/** What happens to a value before it is substituted (execline documentation, el_transform): options -C, -n, -s, -d. */
export interface ValueRules {
  readonly crunch: boolean;
  readonly chomp: boolean;
  readonly split: boolean;
  /** bytes; "" with split: netstrings */
  readonly delimiters: string;
}

export const DEFAULT_DELIMITERS = " \n\r\t";

/** The words of a value. Throws a NetstringError where it should be netstrings and is not. */
export function valueWords(value: string, { crunch, chomp, split, delimiters }: ValueRules): string[] {
  const isDelimiter = (char: string | undefined): boolean => char !== undefined && delimiters.includes(char);
  const crunched = crunch ? [...value].filter((char, index) => !isDelimiter(char) || !isDelimiter(value[index - 1])).join("") : value;
  const isChomped = chomp && isDelimiter(crunched.at(-1));
  const text = isChomped ? crunched.slice(0, -1) : crunched;
  if (!split) return [text];
  if (delimiters === "") return decodeNetstrings(text);
  const words = cut(text, isDelimiter);
  // A delimiter ends a word. What none ends is one, too, if there is anything; but whoever wants a delimiter chomped expects one.
  const last = words.pop() ?? "";
  return last === "" || (chomp && !isChomped) ? words : [...words, last];
}

/** At every delimiter: one piece more than there are delimiters. */
function cut(text: string, isDelimiter: (char: string) => boolean): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (!isDelimiter(text.charAt(at))) continue;
    pieces.push(text.slice(start, at));
    start = at + 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}
