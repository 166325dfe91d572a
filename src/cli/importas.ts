import { parseImportas } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "importas";

export const importas: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -i | -D default ] [ -u ] [ -S ] [ -N | -n ] [ -s ] [ -C | -c ] [ -d delimiters ] key variable prog...`,
  help: `Becomes PROG with the value of VARIABLE wherever its command line says $KEY or \${KEY}. Where that is not set,
arguments that say so are gone.

  -i  it must be set
  -D  DEFAULT stands for it if it is not
  -u  PROG does not have it
  -S  its name is KEY; there is no other operand for it
  -C  several delimiters in a row are one, the first of them; -c: they are not (default)
  -n  a delimiter at the end is no part of the value; -N: it is (default)
  -s  every delimiter ends a word: the key stands for several words, and an argument for as many
  -d  DELIMITERS, each a character (default: space, newline, return, tab); -s with none: the value is netstrings

Exit codes: 100 wrong usage, or VARIABLE is not set; 111 no key, or no netstrings; 126 or 127 PROG can't be executed.`,
  parse: parseImportas,
};
