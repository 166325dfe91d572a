import type { Death } from "../formats/death-tally.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import type { LedgerSlot } from "./ledger.ts";

/** The order in which one round serves the descriptors of a service: readiness, death, signals to a standalone supervisor, commands. */
export const WATCH_ORDER = ["notification", "child", "signals", "control"] as const;
export type WatchKind = (typeof WATCH_ORDER)[number];

/** What a supervisor actor needs from the thread that hosts it. */
export interface ActorPorts {
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
  /** A line `s6-supervise NAME: warning: TEXT`. */
  warn(text: string): void;
  /** stdin and stdout were given up. */
  nulled(): void;
  /** waitid says the child is not ours to reap any more: childDied() or childLost() must follow. */
  claim(pid: number): void;
  exited(): void;
}

/** One service's end of the journal. Never throws, never waits: a journal in trouble is the store's own business. */
export interface ServiceJournal {
  /** A supervisor life begins, or continues in another thread, with this state . */
  began(kind: "start" | "adopt", snapshot: string): void;
  append(record: { readonly fact: Fact; readonly state: string; readonly effects: readonly Effect[] }): void;
  /** The last `count` deaths that were tallied, told later, or never. */
  recall(count: number, told: (deaths: readonly Death[]) => void): void;
}

export const NO_JOURNAL: ServiceJournal = { began: () => undefined, append: () => undefined, recall: () => undefined };
