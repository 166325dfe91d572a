import { runPosixUmask } from "../chain/posix.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "posix-umask";

export const posixUmask: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -S ] [ mask [ prog... ] ]`,
  help: `Becomes PROG with another mask for the files that it makes; without MASK prints the one that there is, and exits 0.
MASK is octal (what is forbidden), or symbolic as for chmod: u=rwx,g-w,o= changes what is allowed.

  -S  prints it in symbols

Exit codes: 0 there is no PROG, 1 MASK makes no sense, 100 wrong usage, 126 or 127 PROG can't be executed.`,
  run: runPosixUmask,
};
