import { parseShift } from "../chain/shift.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "shift";

export const shift: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -n words ] [ -b blocks ] prog...`,
  help: `Becomes PROG with fewer positional arguments: those that stand in the environment, in \`#\` and from \`1\` on, are renumbered.

  -n WORDS   drops so many (default: 1, with -b 0); all, if there are not so many
  -b BLOCKS  drops so many blocks that come behind these

With EXECLINE_STRICT=1 there is a warning about too few arguments and about blocks whose words are not quoted; with 2 they
are errors.

Exit codes: 100 wrong usage, or an argument or a block is missing, 126 or 127 PROG can't be executed.`,
  parse: parseShift,
};
