import type { WaitStatus } from "../formats/wait-status.ts";
import type { ServiceJournal } from "../store/service-journal.ts";
import type { LedgerSlot } from "./ledger.ts";
import type { Voice } from "./voice.ts";

/** The order in which one round serves the descriptors of a service: readiness, death, signals to a standalone supervisor, commands. */
export const WATCH_ORDER = ["notification", "child", "signals", "control"] as const;
export type WatchKind = (typeof WATCH_ORDER)[number];

/** What a supervisor actor needs from the thread that hosts it. */
export interface ActorPorts extends Voice {
  /** The argument of s6-supervise: what run gets as $1, and what messages call the service. */
  readonly name: string;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly ledger: LedgerSlot;
  readonly journal: ServiceJournal;
  /** Until something is to be read, or with "hang-up" until the other end is gone for good. */
  watch(kind: WatchKind, fd: number, ready: () => void, until?: "hang-up"): void;
  /** Fine to repeat. */
  unwatch(fd: number): void;
  /** stdin and stdout were given up. */
  nulled(): void;
  /** waitid says the child is not ours to reap any more: childDied() or childLost() must follow. */
  claim(pid: number): void;
  /** To whom it matters: run has ended, and for good if it is not to be restarted. null: nobody saw how. */
  ended(waitStatus: WaitStatus | null, forGood: boolean): void;
  exited(): void;
}
