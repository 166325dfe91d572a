import { parseElglob } from "../chain/substitution-programs.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "elglob";

export const elglob: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -v ] [ -w ] [ -s ] [ -m ] [ -e ] [ -0 ] [ -n ] [ -d delimiter ] key pattern prog...`,
  help: `Becomes PROG with the names of all files that PATTERN matches wherever its command line says $KEY or \${KEY}: an
argument for each. A pattern that matches nothing stands for itself.

  -0    it stands for no word at all
  -s    sorted
  -m    directories have a slash behind them
  -e    a backslash in PATTERN is a character like others
  -v    tells of directories that can't be read
  -w    they are errors
  -d C  one word: every name with the character C behind it, or as a netstring if there is none
  -n    with -d: none behind the last

Exit codes: 100 wrong usage, 111 no key, or -w; 126 or 127 PROG can't be executed.`,
  parse: parseElglob,
};
