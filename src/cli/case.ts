import { runCase } from "../chain/case.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "case";

export const caseProgram: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -S | -s ] [ -E | -e ] [ -i ] [ -n | -N ] value { pattern { prog... } ... } progdefault...`,
  help: `Becomes the PROG of the first PATTERN that VALUE matches, or PROGDEFAULT if there is none.

  -S  patterns are regular expressions (default)
  -E  extended ones (default)
  -e  basic ones
  -i  upper and lower case are the same
  -N  PROG has the variables 0 (the pattern), 1, 2... (what its parentheses matched) and # (how many they are)
  -n  it has not (default)

  -s  patterns are those of file names; then
  -e  means that a backslash is a character like others
  -i  that a leading dot is matched by a dot only
  -N  that a slash is matched by a slash only

Exit codes: 0 there is nothing to become, 100 wrong usage or a bad expression, 126 or 127 what is chosen can't be executed.`,
  run: runCase,
};
