import type { SystemError } from "../../sys/errors.ts";

/** What a logdir asks of the logger that it is in. */
export interface LogdirPorts {
  /** 0666 less the umask. */
  readonly mask: number;
  readonly warn: (text: string) => void;
  /** Calls back after so many milliseconds, once; answers how to have it not. */
  readonly after: (ms: number, then: () => void) => () => void;
  /** fsync: done when it returns, or later, with what came of it. @throws SystemError */
  readonly sync: (fd: number, ended: (error: SystemError | undefined) => void) => "done" | "later";
  /** Runs a processor; the answer comes later. @throws SystemError */
  readonly process: (run: ProcessorRun, ended: (result: "done" | "failed" | "crashed") => void) => void;
  /** Takes over the descriptor that holds the lock. */
  readonly locked: (fd: number) => void;
  /** What is true now is noted: it must be before the next thing is done. */
  readonly note: () => void;
}

export interface ProcessorRun {
  readonly dir: string;
  readonly command: string;
  readonly shell: "execline" | "sh";
  /** Descriptors of previous, processed, state, newstate: 0, 1, 4, 5 of the processor. */
  readonly fds: readonly [previous: number, processed: number, state: number, newstate: number];
}
