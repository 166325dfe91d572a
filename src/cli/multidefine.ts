import { parseMultidefine } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "multidefine";

export const multidefine: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -0 ] [ -r ] [ -N | -n ] [ -C | -c ] [ -d delimiters ] value { keys... } prog...`,
  help: `Becomes PROG with the words of VALUE, one after the other, for the keys wherever its command line says $KEY or \${KEY}. An
empty key passes over a word.

  -r  the last key stands for all words that are left, an argument for each
  -0  keys for which no word is left stand for none; without it, for the empty one
  -C  several delimiters in a row are one, the first of them; -c: they are not (default)
  -n  a delimiter at the end is no part of the value; -N: it is (default)
  -d  DELIMITERS, each a character (default: space, newline, return, tab); none: the value is netstrings

Exit codes: 100 wrong usage or no keys, 111 a key twice, or no netstrings; 126 or 127 PROG can't be executed.`,
  parse: parseMultidefine,
};
