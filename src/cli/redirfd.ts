import { parseRedirfd } from "../chain/redirfd.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "redirfd";

export const redirfd: StateProgram = {
  name: NAME,
  synopsis: `${NAME} -[ r | w | u | a | x ] [ -n | -N ] [ -b ] fd file prog...`,
  help: `Becomes PROG with FILE open as descriptor FD.

  -r  to be read
  -w  to be written: it is made or emptied
  -u  for both
  -a  to be appended to: it is made if it is missing
  -x  to be written: it must not exist yet
  -n, --nonblock      non-blocking, from the open on: a FIFO waits for nobody, to be written, too
  -N, --block         blocking (default)
  -b, --switch-block  afterwards it is the other way round
  -f, --open          FD is the name of a variable, which gets the number: the lowest that is free
  -E, --autoimport    with -f: put into the words of PROG, and not into the environment
  -e                  not so (default)
One by one, and to be taken back: --read --write --create --append --trunc --excl, --no-read and so on.

Exit codes: 100 wrong usage, 111 FILE can't be opened, 126 or 127 PROG can't be executed.`,
  parse: parseRedirfd,
};
