import type { Tain } from "../../formats/tain.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";

/** Every fact carries both clocks: `at` for what is written down, `ms` (monotonic) for every decision about delays. */
interface Clocks {
  readonly at: Tain;
  readonly ms: number;
}

/** A directory is known by device and inode, never by its name. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}

/** A directory of the scan directory, symbolic links resolved. */
export interface ScanEntry extends Identity {
  readonly name: string;
  /** Its log/ directory, where there is one. */
  readonly log?: Identity;
}

/** .s6-svscan/exit-with: the service whose end is the end of the tree; `first`: any end of its run, not only the last. */
export interface ExitWith {
  readonly name: string;
  readonly first: boolean;
}

/** An entry that could not be looked at: `name` or `name/log`. */
export interface ScanProblem {
  readonly name: string;
  readonly reason: string;
}

/** Signals whose default action a file in .s6-svscan/ replaces, when it can be run. */
export const DIVERTED_SIGNALS = ["HUP", "INT", "TERM", "QUIT", "USR1", "USR2", "PWR", "WINCH"] as const;
export type DivertedSignal = (typeof DIVERTED_SIGNALS)[number];
export type ScannerSignal = DivertedSignal | "ALRM" | "ABRT" | "CHLD";

/**
 * What can happen to the scanner. Orders (signals and control bytes) only say what is wanted; `round.over` comes when
 * all orders that arrived together are told, and only then anything is done, so that `-ht` is not "scan, then die".
 */
export type ScannerFact = Clocks &
  (
    | { readonly type: "scanner.started" }
    | { readonly type: "control.byte"; readonly byte: number }
    | { readonly type: "signal.received"; readonly signal: ScannerSignal }
    /** The two answers to runSignalFile. */
    | { readonly type: "signalFile.started" | "signalFile.absent"; readonly signal: DivertedSignal }
    | { readonly type: "round.over" }
    /** The two answers to scan. */
    | {
        readonly type: "scan.finished";
        readonly entries: readonly ScanEntry[];
        readonly problems: readonly ScanProblem[];
        /** Absent = the file is. */
        readonly exitWith?: ExitWith;
      }
    | { readonly type: "scan.failed"; readonly reason: string }
    /** The answer to openPipes: those that could be made, and what stopped the others. */
    | {
        readonly type: "pipes.opened";
        readonly opened: readonly number[];
        readonly failed: readonly number[];
        readonly reason: string;
      }
    /** The supervisor in this slot is no more: it left its loop, or could not begin. */
    | { readonly type: "supervisor.exited" | "supervisor.failed"; readonly slot: number }
    /** run of a service that is watched has ended, and for good if it is not to be restarted. null: nobody saw how. */
    | { readonly type: "service.ended"; readonly slot: number; readonly waitStatus: WaitStatus | null; readonly forGood: boolean }
    /** It gave up its stdin and stdout. */
    | { readonly type: "supervisor.nulled"; readonly slot: number }
    /** objection null: it starts, and can read what we have written. */
    | { readonly type: "upgrade.tested"; readonly objection: string | null; readonly difference: string | null }
    | { readonly type: "upgrade.failed"; readonly reason: string }
    | { readonly type: "deadline.reached" }
  );
