import { parseDefine } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "define";

export const define: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -N | -n ] [ -s ] [ -C | -c ] [ -d delimiters ] key value prog...`,
  help: `Becomes PROG with VALUE wherever its command line says $KEY or \${KEY}.

  -C  several delimiters in a row are one, the first of them; -c: they are not (default)
  -n  a delimiter at the end is no part of the value; -N: it is (default)
  -s  every delimiter ends a word: the key stands for several words, and an argument for as many
  -d  DELIMITERS, each a character (default: space, newline, return, tab); -s with none: the value is netstrings

Exit codes: 100 wrong usage, 111 no key, or no netstrings; 126 or 127 PROG can't be executed.`,
  parse: parseDefine,
};
