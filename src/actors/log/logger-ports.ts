import type { SystemError } from "../../sys/errors.ts";
import type { Watcher } from "../watcher.ts";
import type { Area } from "./area.ts";
import type { Saved } from "./kept-part.ts";
import type { ProcessorRun } from "./logdir-ports.ts";
import type { RunningProcessor } from "./processor.ts";
import type { Sink } from "./stream.ts";

/** What a logger runs on: a process of its own (own-process.ts), or a host that it shares (hosted-log.ts). */
export interface LoggerPorts {
  /** 0666 less the umask. */
  readonly mask: number;
  readonly stdin: number;
  readonly stdout: () => Sink;
  /** undefined: what is said is written to descriptor 2 at once, however long that takes. */
  readonly stderr: (() => Sink) | undefined;
  readonly watcher: Watcher;
  /** Answers how to have it not. */
  readonly after: (ms: number, then: () => void) => () => void;
  /** fsync: done when it returns, or later, with what came of it. @throws SystemError */
  readonly sync: (fd: number, ended: (error: SystemError | undefined) => void) => "done" | "later";
  /** @throws SystemError */
  readonly process: (run: ProcessorRun) => RunningProcessor;
  /** Takes over the descriptor that holds the lock of a logdir, for as long as the process lives. */
  readonly keepLock: (index: number, fd: number) => void;
  /** Memory for one part of the logger; `usual` bytes to begin with. */
  readonly area: (part: number, usual: number) => Area;
  /** `save` writes the numbers of the logger, for whoever comes after this process. */
  readonly note: (save: (into: Saved) => void) => void;
  /** Reads stdin; `reading` is told how many bytes come before they do. 0 at the end. @throws SystemError */
  readonly read: (into: Buffer, reading: (count: number) => void) => number | "again";
  /** What read() had announced, and was not read. */
  readonly left: () => Buffer;
  readonly closeStdin: () => void;
  readonly closeStdout: () => void;
  /** Everything is ready to take lines; `isNews`: whoever wants to know has not been told. */
  readonly ready: (isNews: boolean) => void;
  readonly exit: (code: number) => void;
}
