import { exitCode, termSignal } from "../formats/wait-status.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import type { Program } from "./program.ts";

const NAME = "s6-fghack";
/** A daemon that closes what it finds open rarely closes that many. */
const COPIES = 31;
/** For an exit code that could be taken for a signal. */
const HIGH = 128;

export const s6fghack: Program = {
  name: NAME,
  synopsis: `${NAME} prog...`,
  help: `Stays in the foreground for a PROG that goes to the background: waits until it and all that it has started have ended or
closed what they inherited, a pipe with ${COPIES} ends. Obsolescent: see s6-background-watch.

Exit codes: that of PROG, at most ${HIGH}; ${HIGH}+N killed by signal N; 100 wrong usage, 102 PROG wrote to the pipe, 111 PROG can't
be executed.`,
  main({ args: prog, sys, stderr }) {
    const [file] = prog;
    if (file === undefined) throw new UsageError();
    stderr(warningLine(NAME, "this program is obsolescent, please use s6-background-watch instead"));
    const [readEnd, writeEnd] = unableTo("make pipe", () => sys.pipe());
    const child = start(sys, file, prog, writeEnd);
    sys.closeFd(writeEnd);
    if (unableTo("read from pipe", () => sys.readFd(readEnd, new Uint8Array(1))) !== 0) throw new ExitError(102, `${file} wrote on hackpipe`);
    const status = child.wait();
    return termSignal(status) === 0 ? Math.min(exitCode(status), HIGH) : HIGH + termSignal(status);
  },
};

function start(sys: Sys, file: string, prog: readonly string[], writeEnd: number): ReturnType<Sys["spawnChild"]> {
  const free: number[] = [];
  for (let fd = 0; free.length < COPIES; fd++) if (!sys.wasOpen(fd)) free.push(fd);
  try {
    return sys.spawnChild(file, prog, free.map((to) => ({ from: writeEnd, to })));
  } catch (error) {
    if (error instanceof SystemError) throw new ExitError(111, `unable to ${error.syscall} ${file}: ${error.reason}`, { cause: error });
    throw error;
  }
}
