import { parseEnvdir } from "../chain/envdir.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-envdir";

export const s6envdir: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -I | -i ] [ -n ] [ -f ] [ -L ] [ -c nullchar ] dir prog...`,
  help: `Becomes PROG with variables that the files of DIR give: a file's name is the variable, its first line the value, without
blanks at its end; an empty file removes the variable. Files whose names begin with . or hold = do not count.

  -i       a DIR that does not exist is an error (default)
  -I       it changes nothing
  -n       blanks, or with -f the last newline, stay
  -f       the whole file, not its first line
  -L       not only the first 4095 bytes of a file
  -c CHAR  stands for a NUL in a value (default: newline)

Exit codes: 100 wrong usage, 111 DIR or one of its files can't be read, 126 or 127 PROG can't be executed.`,
  parse: parseEnvdir,
};
