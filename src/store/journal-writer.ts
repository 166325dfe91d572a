import { threadId } from "node:worker_threads";
import type { SavedState } from "../machines/supervise/step.ts";
import { type Environment, type FileModes, inodeOf, openForWriting } from "./environment.ts";
import { type Entry, gapEntry, type History, lose, put, stampOfEntry } from "./history.ts";
import { commitError, JournalError, toJournalError } from "./journal-error.ts";
import type { FactRecord, JournalRecord, TreeEvent } from "./journal-record.ts";
import { Outage, probe } from "./outage.ts";
import { wallClock } from "./wall-clock.ts";

export interface WriterOptions {
  readonly dir: string;
  readonly modes?: FileModes;
  /** At most one call per trouble, and one when it is over. */
  readonly warn: (text: string) => void;
  /** Records that wait for open(), for a slow disk or for the end of an outage; what comes on top is dropped. */
  readonly maxWaiting?: number;
  /** Monotonic ms. */
  readonly nowMs?: () => number;
}

/** One service's end of the journal. Never throws, never waits. */
export interface ServiceJournal {
  /** `snapshot`: JSON of the machine's snapshot. */
  began(kind: "start" | "adopt", snapshot: string): void;
  append(record: Omit<FactRecord, "kind">): void;
}

interface Batch {
  readonly committed: Promise<boolean>;
  readonly entries: Entry[];
}

const MAX_WAITING = 20_000;
/** lmdb blocks the thread at 300,000. */
const MAX_IN_FLIGHT = 50_000;
/** How often appends look whether the directory was taken away. */
const INODE_CHECK_MS = 60_000;

/**
 * Appends to the histories of one thread's services; one per thread, for main and workers alike. Only asynchronous
 * puts: a synchronous transaction in a worker that is being terminated aborts or hangs the whole process. The
 * supervision tree must run with the journal absent, full or broken, hence nothing here throws or waits, and records
 * that find no place are counted, reported once, and replaced by a gap record.
 */
export class JournalWriter {
  readonly #options: WriterOptions;
  readonly #nowMs: () => number;
  readonly #maxWaiting: number;
  readonly #histories = new Map<number | "tree", History>();
  readonly #outage = new Outage();
  #state: "waiting" | "open" | "broken" | "closed" = "waiting";
  #environment: Environment | undefined;
  #inodeCheckedMs = 0;
  #waiting: Entry[] = [];
  #batch: Batch | undefined;
  #inFlight = 0;
  #dropped = 0;
  #overflowing = false;
  #idle: (() => void)[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /** Records that were lost since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Records are being taken by lmdb, as far as is known. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  service(id: number): ServiceJournal {
    const history = this.#history(id);
    return {
      began: (kind, snapshot) => {
        const record: JournalRecord = { kind, at: wallClock(), snapshot: JSON.parse(snapshot) as SavedState };
        this.#offer({ history, record, sequence: undefined, bytes: undefined });
      },
      append: ({ fact, state, effects }) => {
        const record: JournalRecord = { kind: "fact", fact, state, effects };
        this.#offer({ history, record, sequence: undefined, bytes: undefined });
      },
    };
  }

  /** An event of the scanner: the main thread's writer only. */
  tree(event: TreeEvent): void {
    this.#offer({ history: this.#history("tree"), record: event, sequence: undefined, bytes: undefined });
  }

  /** Loads lmdb (30 ms) and writes what waited. To be called when the services are up. */
  open(): void {
    if (this.#state === "waiting") this.#open();
  }

  /** Resolves when everything appended before is committed or cannot be. Opens the journal if that was not done yet. */
  async flush(): Promise<void> {
    this.open();
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Flushes, then lets go of the environment. Later records are dropped. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#waiting.length > 0 || this.#inFlight > 0) await this.flush();
    this.#state = "closed";
    const environment = this.#environment;
    this.#environment = undefined;
    await environment?.root.close();
  }

  #history(owner: number | "tree"): History {
    let history = this.#histories.get(owner);
    if (history === undefined) {
      history = { owner, next: undefined, lost: undefined };
      this.#histories.set(owner, history);
    }
    return history;
  }

  #offer(entry: Entry): void {
    if (this.#state === "broken" && this.#inFlight === 0 && this.#outage.isRetryDue(this.#nowMs())) this.#reopen();
    if (this.#state === "open") this.#lookForEnvironment();
    const direct = this.#state === "open" && this.#waiting.length === 0 && this.#inFlight < MAX_IN_FLIGHT;
    if (direct) this.#put(entry);
    else if (this.#state !== "closed" && this.#waiting.length < this.#maxWaiting) this.#waiting.push(entry);
    else this.#drop(entry);
  }

  #drop(entry: Entry): void {
    this.#dropped++;
    if (this.#state === "closed") return;
    lose(entry.history, stampOfEntry(entry));
    if (this.#overflowing) return;
    this.#overflowing = true;
    if (this.#state !== "broken") this.#warn(`${this.#maxWaiting} records are waiting, dropping what comes on top`);
  }

  #put(entry: Entry): void {
    const environment = this.#environment;
    if (environment === undefined) throw new Error("an open journal without an environment");
    let committed: Promise<boolean>;
    try {
      committed = put(environment, entry);
    } catch (error) {
      this.#waiting.unshift(entry);
      this.#break(toJournalError(error, this.#options.dir, "unable to write"));
      return;
    }
    this.#inFlight++;
    if (this.#batch?.committed === committed) {
      this.#batch.entries.push(entry); // all puts of one turn share lmdb's promise
      return;
    }
    const batch = { committed, entries: [entry] };
    this.#batch = batch;
    committed.then(
      () => this.#onCommit(batch),
      (error: unknown) => void this.#onFailure(batch, error),
    );
  }

  #onCommit(batch: Batch): void {
    this.#inFlight -= batch.entries.length;
    if (this.#batch === batch) this.#batch = undefined;
    if (this.#state === "open") {
      this.#drain();
      if (this.#outage.succeeded()) this.#warn(`works again, ${this.#dropped} records were lost so far`);
    }
    this.#settle();
  }

  async #onFailure(batch: Batch, error: unknown): Promise<void> {
    if (this.#batch === batch) this.#batch = undefined;
    if (this.#state === "open") this.#state = "broken"; // before any other put; the reason comes in a moment
    const cause = await commitError(error);
    this.#inFlight -= batch.entries.length;
    this.#waiting = batch.entries.concat(this.#waiting);
    this.#break(toJournalError(cause, this.#options.dir, "unable to write"));
    this.#settle();
  }

  #break(error: JournalError): void {
    if (this.#state !== "closed") this.#state = "broken";
    if (!this.#outage.failed(error.code, this.#nowMs())) return;
    this.#options.warn(`${error.message}; history is kept in memory for a while, services are not affected`);
  }

  #settle(): void {
    if (this.#inFlight > 0) return;
    const waiters = this.#idle;
    this.#idle = [];
    for (const resolve of waiters) resolve();
  }

  #open(): void {
    try {
      this.#environment = openForWriting(this.#options.dir, this.#options.modes);
    } catch (error) {
      this.#break(toJournalError(error, this.#options.dir, "unable to open"));
      return;
    }
    this.#state = "open";
    this.#inodeCheckedMs = this.#nowMs();
    this.#drain();
  }

  /** After an outage: is there room, and is it still the same environment? */
  #reopen(): void {
    try {
      probe(this.#options.dir, String(threadId));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        this.#break(toJournalError(error, this.#options.dir, "unable to write"));
        return;
      }
    }
    if (this.#environment === undefined || inodeOf(this.#options.dir) !== this.#environment.inode) {
      this.#forget();
      this.#open();
      return;
    }
    this.#state = "open";
    this.#drain();
  }

  /** The environment is another one: numbering begins with what is found there. */
  #forget(): void {
    const old = this.#environment;
    this.#environment = undefined;
    old?.root.close().catch((error: unknown) => this.#warn(`unable to close: ${String(error)}`));
    for (const history of this.#histories.values()) history.next = undefined;
    for (const entry of this.#waiting) entry.sequence = undefined;
  }

  #lookForEnvironment(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#inodeCheckedMs < INODE_CHECK_MS) return;
    this.#inodeCheckedMs = nowMs;
    const { dir } = this.#options;
    if (inodeOf(dir) === this.#environment?.inode) return;
    this.#break(new JournalError("ENOENT", dir, "the directory was taken away"));
  }

  #drain(): void {
    while (this.#state === "open" && this.#waiting.length > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      const entries = this.#waiting.splice(0, MAX_IN_FLIGHT - this.#inFlight);
      for (const [index, entry] of entries.entries()) {
        this.#put(entry);
        if (this.#state === "open") continue;
        const [failed, ...later] = this.#waiting;
        this.#waiting = [...(failed === undefined ? [] : [failed]), ...entries.slice(index + 1), ...later];
        return;
      }
    }
    if (this.#state !== "open" || this.#waiting.length > 0 || !this.#overflowing) return;
    this.#overflowing = false;
    for (const history of this.#histories.values()) {
      const { lost } = history;
      if (lost === undefined) continue;
      history.lost = undefined;
      this.#put(gapEntry(history, lost));
    }
  }

  #warn(text: string): void {
    this.#options.warn(`journal ${this.#options.dir}: ${text}`);
  }
}
