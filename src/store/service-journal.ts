import type { Death } from "../formats/death-tally.ts";
import type { SuperviseState } from "../machines/supervise/step.ts";
import type { FactRecord } from "./journal-record.ts";

/** One service's end of the journal. Never throws, never waits: a journal in trouble is the store's own business. */
export interface ServiceJournal {
  /** A supervisor life begins, or continues elsewhere for a reason, with this state. */
  began(kind: "start" | "adopt", snapshot: SuperviseState, reason?: string): void;
  append(record: Omit<FactRecord, "kind">): void;
  /** The last `count` tallied deaths, told when the journal is open; never, when it can't be opened. */
  recall(count: number, told: (deaths: readonly Death[]) => void): void;
}

export const NO_JOURNAL: ServiceJournal = { began: () => undefined, append: () => undefined, recall: () => undefined };
