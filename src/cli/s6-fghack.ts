import { approximateCode, type Child, type ChainProcess, exits } from "../chain/process.ts";
import { SystemError } from "../sys/system-error.ts";
import type { ProcessProgram } from "./chain.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";

const NAME = "s6-fghack";
/** A daemon that closes what it finds open rarely closes that many. */
const COPIES = 31;

export const s6fghack: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} prog...`,
  help: `Stays in the foreground for a PROG that goes to the background: waits until it and all that it has started have ended or
closed what they inherited, a pipe with ${COPIES} ends. Obsolescent: see s6-background-watch.

Exit codes: that of PROG, at most 128; 128+N killed by signal N; 100 wrong usage, 102 PROG wrote to the pipe, 111 PROG can't
be executed.`,
  run(prog, process) {
    const { sys } = process;
    const [file] = prog;
    if (file === undefined) throw new UsageError();
    process.warn("this program is obsolescent, please use s6-background-watch instead");
    const [readEnd, writeEnd] = unableTo("make pipe", () => sys.pipe());
    const child = start(process, file, prog, writeEnd);
    sys.closeFd(writeEnd);
    if (unableTo("read from pipe", () => sys.readFd(readEnd, new Uint8Array(1))) !== 0) throw new ExitError(102, `${file} wrote on hackpipe`);
    return exits(approximateCode(child.wait()));
  },
};

function start(process: ChainProcess, file: string, prog: readonly string[], writeEnd: number): Child {
  const free: number[] = [];
  for (let fd = 0; free.length < COPIES; fd++) if (!process.descriptors.isOpen(fd)) free.push(fd);
  try {
    return process.spawn(prog, { moves: new Map(free.map((to) => [to, writeEnd])) });
  } catch (error) {
    if (error instanceof SystemError) throw new ExitError(111, `unable to ${error.syscall} ${file}: ${error.reason}`, { cause: error });
    throw error;
  }
}
