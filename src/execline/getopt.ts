export type GetoptProblem = "illegal option" | "option requires an argument";

export type Getopt =
  | {
      /** In their order; of one that comes twice the last counts. */
      readonly options: readonly (readonly [letter: string, value: string])[];
      readonly rest: readonly string[];
      /** What is said although it goes on: only where ":" is the first letter of the optstring, or an option in it. */
      readonly complaints: readonly GetoptProblem[];
    }
  | { readonly problem: GetoptProblem; readonly letter: string; readonly complaints: readonly GetoptProblem[] };

/**
 * elgetopt's reading of positional arguments (execline documentation, elgetopt), a character per byte. The optstring is
 * that of getopt(3): letters, a colon behind those with an argument. Options end at the first word that is none, at "-",
 * and behind "--". `flagValue` is the value of options without an argument.
 *
 * ":" is how getopt(3) tells a missing argument where the optstring begins with one. elgetopt complains then, and takes
 * it for an option that was given; and so it does with an option that really has this name.
 */
export function elgetopt(optstring: string, args: readonly string[], flagValue: string): Getopt {
  const letters = lettersOf(optstring);
  const options: (readonly [string, string])[] = [];
  const complaints: GetoptProblem[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? "";
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--") return { options, rest: args.slice(index + 1), complaints };
    if (word.startsWith("--")) return { problem: "illegal option", letter: "-", complaints };
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] ?? "";
      const hasArgument = letters.get(letter);
      // "?" is how getopt(3) tells a problem: so there is no option of this name.
      if (hasArgument === undefined || letter === "?") return { problem: "illegal option", letter, complaints };
      if (!hasArgument) {
        if (letter === ":") complaints.push("option requires an argument");
        options.push([letter, flagValue]);
        continue;
      }
      const value = at + 1 < word.length ? word.slice(at + 1) : args[++index];
      const isTold = optstring.startsWith(":");
      if (value === undefined && !isTold) return { problem: "option requires an argument", letter, complaints };
      if (value === undefined || letter === ":") complaints.push("option requires an argument");
      options.push(value === undefined ? [":", flagValue] : [letter, value]);
      break;
    }
  }
  return { options, rest: args.slice(index), complaints };
}

/** Each letter, and whether it has an argument. The first that has a name has it. */
function lettersOf(optstring: string): ReadonlyMap<string, boolean> {
  const letters = new Map<string, boolean>();
  for (const [, letter = "", colon] of optstring.replace(/^:/, "").matchAll(/(.)(:?)/gs)) {
    if (!letters.has(letter)) letters.set(letter, colon !== "");
  }
  return letters;
}
