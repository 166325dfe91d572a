import { runMkfifo } from "../chain/utilities.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "s6-mkfifo";

export const s6mkfifo: ProcessProgram = {
  name: NAME,
  synopsis: "s6-mkfifo [ -m mode ] fifo...",
  help: `Makes FIFOs.

  -m MODE  exactly these permissions, octal (default: 0666 without what the umask forbids)

Exit codes: 0 success, 100 wrong usage, 111 one can't be made.`,
  run: runMkfifo,
};
