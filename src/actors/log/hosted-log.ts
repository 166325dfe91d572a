import { SystemError, unless } from "../../sys/errors.ts";
import { closeFd, pipe, readFd, setNonblock, writeFd } from "../../sys/files.ts";
import { childrenGet } from "../../sys/launch.ts";
import { splice } from "../../sys/packets.ts";
import { privately } from "../shared-host/private-sink.ts";
import type { ThinProcess } from "../shared-host/thin-process.ts";
import type { Turns } from "../shared-host/turns.ts";
import { StartError } from "../start-error.ts";
import { KeptMemory } from "./kept-memory.ts";
import { keptSizes, LogLoop } from "./log-loop.ts";
import type { LogOptions } from "./log-options.ts";
import type { LoggerPorts } from "./logger-ports.ts";
import { logdirsIn } from "./outputs.ts";
import { startProcessor } from "./processor.ts";

/** What the thin process keeps for a logger; the lock of its Nth logdir is firstLock + N. */
const LABEL = { memory: 0, bufferOut: 1, bufferIn: 2, firstLock: 8 } as const;
const MOST_LOGDIRS = 64;
const PIPE_BYTES = 65_536;

/**
 * A logger whose process is a thin one: everything that must survive this process, bytes on their way included, is kept by
 * that one. So whoever comes after us goes on where we were.
 *
 * Bytes are read in two steps, stdin → a pipe that only we know → memory: the first is one call that a kill can't cut, and
 * after the second what the pipe still has tells how much of it was done.
 *
 * @returns undefined where it can't be done here. @throws StartError 111
 */
export function hostedLog(thin: ThinProcess, turns: Turns, options: LogOptions, ended: () => void): LogLoop | undefined {
  const { numbers, parts } = keptSizes(options.script);
  if (logdirsIn(options.script).length > MOST_LOGDIRS) return undefined;
  const before = thin.kept(LABEL.memory);
  let memory: KeptMemory;
  let buffer: readonly [out: number, into: number];
  try {
    memory = before === undefined ? KeptMemory.make(numbers, parts) : new KeptMemory(before, numbers);
    const saved = memory.saved;
    const [out, into] = [thin.kept(LABEL.bufferOut), thin.kept(LABEL.bufferIn)];
    if (saved !== undefined && out !== undefined && into !== undefined) buffer = [out, into];
    else buffer = before === undefined ? newBuffer(thin, memory) : [-1, -1];
  } catch (error) {
    if (error instanceof SystemError) return undefined; // no descriptors, no memory: it may have more luck alone
    throw error;
  }
  if (buffer[0] < 0) return undefined;
  thin.releaseInherited(options.notificationFd);
  const loop = new LogLoop(options, portsOf(thin, turns, options, memory, buffer, ended));
  const { saved } = memory;
  try {
    if (saved === undefined) loop.start();
    else loop.resume(saved);
  } catch (error) {
    loop.abandon();
    // It has read nothing yet: it may have more luck alone.
    if (saved === undefined && error instanceof StartError && error.isOutOfDescriptors) return undefined;
    throw error;
  }
  return loop;
}

function newBuffer(thin: ThinProcess, memory: KeptMemory): [out: number, into: number] {
  thin.own(memory.fd);
  const [out, into] = pipe(true);
  thin.own(out);
  thin.own(into);
  thin.keep(LABEL.memory, memory.fd);
  thin.keep(LABEL.bufferOut, out);
  thin.keep(LABEL.bufferIn, into);
  return [out, into];
}

function portsOf(thin: ThinProcess, turns: Turns, options: LogOptions, memory: KeptMemory, [out, into]: readonly [out: number, into: number], ended: () => void): LoggerPorts {
  const { papers } = thin;
  return {
    mask: 0o666 & ~papers.umask,
    stdin: thin.stdin,
    stdout: () => {
      setNonblock(thin.stdout, true); // as s6-log does
      return { fd: thin.stdout, mayBlock: false };
    },
    stderr: () => privately(thin, thin.stderr),
    watcher: turns.watcherOf(thin),
    after: (ms, then) => turns.after(thin, ms, then),
    sync: (fd, then) => {
      turns.sync(thin, fd, then);
      return "later";
    },
    process: (run) => {
      childrenGet(papers);
      return startProcessor(run, pathIn(papers.environment), thin.stderr);
    },
    keepLock: (index, fd) => {
      thin.keep(LABEL.firstLock + index, fd);
      closeFd(fd);
    },
    area: (part) => memory.part(part),
    note: (save) => memory.note(save),
    read: (room, reading) => {
      const count = splice(thin.stdin, into, Math.min(room.length, PIPE_BYTES));
      if (count === "again" || count === 0) return count;
      reading(count);
      readAll(out, room.subarray(0, count));
      return count;
    },
    left: () => {
      const bytes = Buffer.alloc(PIPE_BYTES);
      const count = readFd(out, bytes);
      return bytes.subarray(0, count === "again" ? 0 : count);
    },
    closeStdin: () => {
      thin.release(thin.stdin);
      thin.closeTheirs(0);
    },
    closeStdout: () => {
      thin.release(thin.stdout);
      thin.closeTheirs(1);
    },
    ready: (isNews) => {
      thin.take();
      const number = isNews ? options.notificationFd : undefined;
      const fd = number === undefined ? undefined : thin.inheritedFd(number);
      if (number === undefined || fd === undefined) return;
      unless(["EPIPE", "EAGAIN"], () => writeFd(fd, Buffer.from("\n"))); // nobody wants to know
      thin.release(fd);
      thin.closeTheirs(number);
    },
    exit: (code) => thin.exit(code, ended),
  };
}

/** Only this thread writes to that pipe, and it has just told how much. */
function readAll(fd: number, into: Buffer): void {
  for (let at = 0; at < into.length; ) {
    const count = readFd(fd, into.subarray(at));
    if (count === "again" || count === 0) throw new SystemError("read", "the kept pipe", "EIO");
    at += count;
  }
}

const pathIn = (environment: readonly string[]): string | undefined =>
  environment.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length);
