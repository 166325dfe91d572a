import type { MessagePort } from "node:worker_threads";
import type { Hint } from "../diagnosis/hint.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import type { EndWatch } from "../machines/scanner/effects.ts";
import type { LedgerMemory } from "./ledger-file.ts";

/** What the main thread and a worker thread tell each other: tagged, plain, one port per worker. */

export interface SupervisorSpec {
  /** Index in the ledger, chosen by the scanner: small integers, reused. */
  readonly slot: number;
  /** `foo` or `foo/log`: the supervisor's argument, and its path from the scan directory (the process's cwd). */
  readonly name: string;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** Device and inode of the directory. */
  readonly dev: number;
  readonly ino: number;
  /** Its ends are to be told: `ended`. */
  readonly watch: EndWatch;
  /** Id in the journal; null = this service is not journalled. */
  readonly serviceId: number | null;
  /** Content for supervise/journal; null = leave the file alone. */
  readonly pointer: string | null;
}

export type SupervisorSignal = "term" | "hup" | "quit" | "int";

/** Tasks of the piscina pool: `attach` once per thread, then one `supervise` per service, pending for its whole life. */
export type WorkerTask =
  | {
      readonly type: "attach";
      readonly port: MessagePort;
      readonly ledger: LedgerMemory;
      readonly journalDir: string | null;
      /** There are enough descriptors to hold locks by them: then they go through an exec. */
      readonly lockDescriptors: boolean;
    }
  /** Does a thread come to life at all, and does it decide as the journal says? Answered by what is different. */
  | { readonly type: "test"; readonly journalDir: string | null }
  /** adopt: why the thread died that did it before; null = it is new. */
  | { readonly type: "supervise"; readonly spec: SupervisorSpec; readonly serial: number; readonly adopt: string | null };

/** How a supervise task ends; a rejection can only mean that the thread died. */
export type Ending =
  | { readonly type: "exited" }
  | { readonly type: "failed"; readonly message: string; readonly code: 100 | 111; readonly hint?: Hint | undefined };

/** `serial` names one start of one supervisor: slots are reused, and a late word must not reach the next tenant. */
export type ToSupervisor =
  | { readonly type: "signal"; readonly serial: number; readonly signal: SupervisorSignal }
  /** Main reaped a child of this slot (its thread died, or it was left by a forking daemon). */
  | { readonly type: "childDied"; readonly serial: number; readonly pid: number; readonly waitStatus: WaitStatus }
  /** The answer to a claim when nobody knows how the child ended. */
  | { readonly type: "childLost"; readonly serial: number; readonly pid: number };

export type ToWorker =
  | ToSupervisor
  | { readonly type: "openJournal" }
  /** What was appended so far is to be committed. Answered by flushed, as flush is. */
  | { readonly type: "commit" }
  /** Close the journal: what was appended is committed. */
  | { readonly type: "flush" };

export type ToMain =
  /** The supervisor gave up its stdin and stdout: pipe ends may close. */
  | { readonly type: "nulled"; readonly slot: number }
  /** Its run has ended, and for good if it is not to be restarted. null: nobody saw how. */
  | { readonly type: "ended"; readonly slot: number; readonly waitStatus: WaitStatus | null; readonly forGood: boolean }
  /** waitid says that this child is not ours to reap any more: has main its status? */
  | { readonly type: "claim"; readonly slot: number; readonly pid: number }
  /** The oldest unheard word for this supervisor was taken in, or came too late. */
  | { readonly type: "heard"; readonly serial: number }
  | { readonly type: "flushed" }
  /** The journal has so many records more, and so many bytes of them in all. */
  | { readonly type: "grown"; readonly records: number; readonly bytes: number };
