/** What differential tests are made of: from a number between 0 and 1 at a time. */
export type Random = () => number;

export const below = (random: Random, size: number): number => Math.floor(random() * size);

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[below(random, choices.length)];
  if (choice === undefined) throw new RangeError("nothing to choose from");
  return choice;
}

export const several = <T>(random: Random, most: number, make: () => T): T[] => Array.from({ length: below(random, most + 1) }, make);

export const byte = (random: Random): string => String.fromCharCode(1 + below(random, 255));

/** Whatever has a meaning somewhere. */
const SPECIAL = ['"', "\\", "{", "}", "#", "\n", " ", "\t", "\r", "\x01", "\x0b", "\x1f", "\x7f", "\x80", "\xff", "0", "1", "8", "9", "x", "a", "n", "'", "$", "\\\n", ' "', '\\"', " { ", " } ", "\\0", "\\0x", "{\\"];
const BLANKS = [" ", " ", " ", "\n", "\t", "  ", "\x01", "\x0b", " \\\n", " # } \" \\ comment\n"];
const PLAIN = ["a", "b c", "foo", "{x}", "}", "0", "77", "x41", "#", "-c", "'", "=", "\xe9", "\x7f", "\\", "$", "%s"];
const ESCAPES = ["\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r", "\\\n", "\\\"", "\\\\", "\\x", "\\q", "\\0x41", "\\0xf", "\\0xfF", "\\0101", "\\07", "\\012", "\\1", "\\65", "\\255", "\\1234", "\\0x410", "\\01234", "\\9"];

/** `pieces` are texts that are to occur in words, bare or quoted. */
export function randomScript(random: Random, pieces: readonly string[] = []): string {
  if (pieces.length === 0 && random() < 0.15) return several(random, 12, () => soup(random)).join("");
  const script = sequence(random, pieces, 0);
  return random() < 0.6 ? script : mutilated(random, script);
}

const soup = (random: Random): string => (random() < 0.8 ? oneOf(random, SPECIAL) : byte(random));

function sequence(random: Random, pieces: readonly string[], depth: number): string {
  const item = (): string => {
    const gap = oneOf(random, BLANKS);
    if (depth < 4 && random() < 0.25) return `{${oneOf(random, [" ", "\n", "\t"])}${sequence(random, pieces, depth + 1)} }${gap}`;
    return word(random, pieces) + gap;
  };
  return several(random, depth === 0 ? 6 : 3, item).join("");
}

function word(random: Random, pieces: readonly string[]): string {
  const parts = [part(random, pieces), ...several(random, 3, () => part(random, pieces))];
  return parts.join("");
}

function part(random: Random, pieces: readonly string[]): string {
  if (pieces.length > 0 && random() < 0.6) return oneOf(random, [(text: string) => text, (text: string) => `"${text}"`])(oneOf(random, pieces));
  const kind = random();
  if (kind < 0.3) return bare(oneOf(random, PLAIN));
  if (kind < 0.4) return `\\${byte(random)}`;
  if (kind < 0.5) return bare(byte(random));
  return `"${several(random, 5, () => (random() < 0.6 ? oneOf(random, ESCAPES) : oneOf(random, PLAIN).replace("\\", "\\\\"))).join("")}"`;
}

/** Blanks, quotes and what begins a comment or a block. */
const bare = (text: string): string => text.replace(/[\s\S]/g, (char) => (char <= " " || '"#\\'.includes(char) ? `\\${char}` : char));

function mutilated(random: Random, script: string): string {
  let text = script;
  for (let times = 1 + below(random, 3); times > 0; times--) {
    const at = below(random, text.length + 1);
    text = text.slice(0, at) + (random() < 0.7 ? soup(random) : "") + text.slice(at + below(random, 2));
  }
  return random() < 0.1 ? text.slice(0, below(random, text.length + 1)) : text;
}
