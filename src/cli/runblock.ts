import { runRunblock } from "../chain/runblock.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "runblock";

export const runblock: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -P ] [ -n shift ] [ -r ] number command...`,
  help: `Becomes COMMAND with the words of a block behind it: the one with this NUMBER, from 1, among the positional arguments that
stand in the environment. The positional arguments are what they were before (as emptyenv -P does it). For commands that are
written in execline and take blocks.

  -P        the positional arguments stay
  -n SHIFT  passes over so many of them first
  -r        everything behind NUMBER blocks, which is no block itself; exits 0 if there is nothing

Exit codes: 100 wrong usage, or there is no such block, 126 or 127 the command can't be executed.`,
  run: runRunblock,
};
