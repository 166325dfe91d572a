import { parseEnvfileProgram } from "../chain/variables.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "envfile";

export const envfile: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -i | -I ] file prog...`,
  help: `Becomes PROG with variables from a file of lines KEY = VALUE. - is stdin, up to its end. # begins a comment. Values may be,
partly or as a whole, in quotes, and have the usual escapes there; a backslash in front of a newline joins lines.

  -i  a file that is missing is an error (default)
  -I  a file that is missing is an empty one

Exit codes: 1 a line says nothing, 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,
  parse: parseEnvfileProgram,
};
