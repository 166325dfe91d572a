/** A block on a command line (execline documentation, el_semicolon). */
export interface Block {
  readonly words: readonly string[];
  /** Positions of words without the space in front. */
  readonly unquoted: readonly number[];
  /** undefined: the arguments ended before the block did */
  readonly rest: readonly string[] | undefined;
}

/** Words lose the space that quotes them; the first empty one ends the block. What was not quoted is taken as it is. */
export function readBlock(args: readonly string[]): Block {
  const end = args.indexOf("");
  const quoted = end < 0 ? args : args.slice(0, end);
  const isQuoted = (word: string): boolean => word.startsWith(" ");
  return {
    words: quoted.map((word) => (isQuoted(word) ? word.slice(1) : word)),
    unquoted: quoted.flatMap((word, position) => (isQuoted(word) ? [] : [position])),
    rest: end < 0 ? undefined : args.slice(end + 1),
  };
}
