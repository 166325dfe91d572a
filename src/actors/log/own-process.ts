import { signalNumber } from "../../formats/signals.ts";
import { takeOver } from "../../sys/launch.ts";
import { borrowNonblocking, closeFd, fsyncFd, readFd, setCloexec, writeFd } from "../../sys/files.ts";
import { umask } from "../../sys/process.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import { ThreadWatcher } from "../watcher.ts";
import { OwnArea } from "./area.ts";
import { LOG_SIGNALS, LogLoop } from "./log-loop.ts";
import type { LogOptions } from "./log-options.ts";
import { startProcessor } from "./processor.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const TRAPPED = [...LOG_SIGNALS, signalNumber("CHLD"), signalNumber("PIPE")];

/**
 * s6-log alone in this process: reads stdin, until its end or a signal; `exit` is called when all that was taken in is where
 * it belongs. @throws StartError 111
 */
export function logForever(options: LogOptions, exit: (code: number) => void): void {
  const { notificationFd } = options;
  takeOver({ descriptors: notificationFd === undefined ? [] : [notificationFd], signals: TRAPPED });
  const [giveStdinBack, giveStdoutBack] = [borrowNonblocking(STDIN), borrowNonblocking(STDOUT)];
  if (notificationFd !== undefined) setCloexec(notificationFd, true);
  const signalFd = trapSignals(TRAPPED);
  const watcher = new ThreadWatcher();
  const mask = umask(0);
  umask(mask);
  const loop = new LogLoop(options, {
    mask: 0o666 & ~mask,
    stdin: STDIN,
    stdout: () => ({ fd: STDOUT, mayBlock: false }),
    stderr: undefined,
    watcher,
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    sync: (fd) => {
      fsyncFd(fd);
      return "done";
    },
    process: (run) => startProcessor(run, process.env["PATH"], STDERR),
    keepLock: () => undefined,
    area: (_part, usual) => new OwnArea(usual),
    note: () => undefined,
    read: (into) => readFd(STDIN, into),
    left: () => Buffer.alloc(0),
    closeStdin: () => {
      giveStdinBack();
      closeFd(STDIN);
    },
    closeStdout: () => {
      giveStdoutBack();
      closeFd(STDOUT);
    },
    ready: () => {
      if (notificationFd === undefined) return;
      writeFd(notificationFd, Buffer.from("\n"));
      closeFd(notificationFd);
    },
    exit: (code) => {
      giveStdinBack();
      giveStdoutBack();
      exit(code);
    },
  });
  watcher.watchFirst(signalFd, () => {
    for (const signal of readSignals(signalFd)) loop.signal(signal);
  });
  loop.start();
}
