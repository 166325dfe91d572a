import type { DivertedSignal } from "./facts.ts";

/** service: its stdout is the write end of its pipe. logger: its stdin is the read end. special: s6-svscan-log. */
export type SupervisorKind = "service" | "logger" | "special";
export type PipeEnd = "read" | "write";

/** Which ends of a service are to be told: none, the one after which run is not restarted, or any. */
export type EndWatch = "no" | "last" | "first";

/** The tree has ended with a service (exit-with). */
export interface TreeExit {
  readonly service: string;
  /** Its exit code, 128 and its signal, or 255 when nobody saw it. */
  readonly code: number;
  /** Whose supervisor was gone last, and how long that took; null = there was none to wait for. */
  readonly slowest: { readonly name: string; readonly ms: number } | null;
}

/** Orders to the shell, plain data, performed in the order given. */
export type ScannerEffect =
  /** Answered by scan.finished or scan.failed. */
  | { readonly type: "scan" }
  /** Answered by pipes.opened. */
  | { readonly type: "openPipes"; readonly pipes: readonly number[] }
  | { readonly type: "closePipeEnd"; readonly pipe: number; readonly end: PipeEnd }
  /** `pipe` null: the scanner's own stdin and stdout. */
  | {
      readonly type: "startSupervisor";
      readonly slot: number;
      readonly name: string;
      readonly kind: SupervisorKind;
      readonly pipe: number | null;
      /** Absent = its ends concern nobody. */
      readonly watch?: EndWatch;
    }
  /** service.ended is to be told of this slot from now on, or no more. */
  | { readonly type: "watchEnds"; readonly slot: number; readonly watch: EndWatch }
  | { readonly type: "signalSupervisor"; readonly slot: number; readonly signal: "term" | "hup" }
  /** The service of this slot is gone for good; the slot may come back for another one. */
  | { readonly type: "forget"; readonly slot: number }
  /** Answered by signalFile.started or signalFile.absent. */
  | { readonly type: "runSignalFile"; readonly signal: DivertedSignal }
  | { readonly type: "reap" }
  /** Answered by upgrade.tested, some time later. */
  | { readonly type: "testUpgrade" }
  /** Become the new version of ourselves. Answered by upgrade.failed, if at all. */
  | { readonly type: "reexec" }
  /** The one timer: monotonic ms at which deadline.reached is due, null = none. */
  | { readonly type: "setDeadline"; readonly atMs: number | null }
  /**
   * Give up the scanner's own stdout and stderr: to /dev/null when a catch-all logger reads them (it would never see
   * end-of-file otherwise), to the console holder where there is one.
   */
  | { readonly type: "releaseStdio"; readonly catchAll: boolean }
  | { readonly type: "warn"; readonly text: string }
  /** All is over: execute .s6-svscan/finish. */
  | { readonly type: "finish"; readonly exit?: TreeExit };
