import { parseSoftlimit } from "../chain/softlimit.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-softlimit";

export const s6softlimit: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -H | -h ] [ -a allbytes ] [ -c corebytes ] [ -d databytes ] [ -f filebytes ] [ -l lockbytes ] [ -m membytes ] [ -o openfiles ] [ -P rtpriority ] [ -p processes ] [ -r residentbytes ] [ -s stackbytes ] [ -t cpusecs ] prog...`,
  help: `Becomes PROG with other resource limits, in the order of the options: bytes of address space (-a), core file (-c), data
segment (-d), file (-f), locked memory (-l), resident memory (-r), stack (-s), all of -d -s -l -a (-m); open files (-o),
real-time priority (-P), processes of the user (-p), seconds of CPU (-t). = stands for the most that is possible.

The limit is the soft one, which is at most the hard one. For the options behind it,
  -H  sets both limits
  -h  sets the hard limit, which must not be below the soft one

Exit codes: 100 wrong usage, 111 not permitted, 126 or 127 PROG can't be executed.`,
  parse: parseSoftlimit,
};
