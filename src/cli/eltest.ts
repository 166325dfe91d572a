import { runEltest } from "../chain/eltest.ts";
import type { ProcessProgram } from "./chain.ts";

const NAME = "eltest";

export const eltest: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ expression ]`,
  help: `Exits 0 if EXPRESSION is true, 1 if it is false. None, and the empty word, are false; another word alone is true.

Files, links followed except by -h:
  -e PATH            it is there
  -b -c -d -f -p -S  a block device, character device, directory, ordinary file, FIFO, socket
  -h -L              a symbolic link
  -g -u -k           its setgid, setuid, sticky bit is set
  -r -w -x           we may read, write, execute it
  -s                 it is not empty
  -O -U -G           it is of our user, group
  -N                 it was changed since it was read
  A -nt B, A -ot B   A was changed later, earlier than B
  A -ef B            they are the same file

Texts:
  -n A, -z A  A is not empty, empty
  = != < <= > >=  in the order of bytes
  A =~ B      A matches the extended regular expression B somewhere

Others:
  -eq -ne -lt -le -gt -ge  whole numbers
  -t FD                    a terminal is open there
  -v NAME                  there is an environment variable of this name
  ! -a -o ( )              not, and, or; they bind in this order

What looks like an operator is one. A backslash in front of a word is dropped and makes it a text.

Exit codes: 0 true, 1 false, 100 wrong expression.`,
  answers: true,
  run: runEltest,
};
