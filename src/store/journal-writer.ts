import { type Environment, type FileModes, inodeOf, openForWriting } from "./environment.ts";
import { type Entry, type History, lose, putAll, stampOfEntry, takeGap } from "./history.ts";
import { JournalError, toJournalError } from "./journal-error.ts";
import type { JournalRecord, TreeEvent } from "./journal-record.ts";
import { pastDeaths } from "./past-deaths.ts";
import { Outage, probe, reasonOf } from "./outage.ts";
import type { ServiceJournal } from "./service-journal.ts";
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
  /** Called when the journal is open, and then when so many records more were committed here: time to look at its limits. */
  readonly grown?: (records: number, bytes: number) => void;
}

const MAX_WAITING = 20_000;
/** Records of one commit: they are encoded in one go, 8 µs each. */
const MAX_BATCH = 1000;
const GROWTH_RECORDS = 5000;
/** How often commits look whether the directory was taken away. */
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
  #opening = false;
  #inodeCheckedMs = 0;
  readonly #waiting: Entry[] = [];
  /** One batch at a time, so that a failed one leaves no hole before a later one. */
  #committing: readonly Entry[] | undefined;
  #scheduled = false;
  #dropped = 0;
  #overflowing = false;
  #committed = 0;
  #idle: (() => void)[] = [];
  readonly #recalls: ((environment: Environment) => void)[] = [];

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
      began: (kind, snapshot, reason) => {
        const why = reason === undefined ? {} : { reason };
        const record: JournalRecord = { kind, at: wallClock(), snapshot, ...why };
        this.#offer({ history, record, sequence: undefined, bytes: undefined });
      },
      append: ({ fact, state, effects }) => {
        const record: JournalRecord = { kind: "fact", fact, state, effects };
        this.#offer({ history, record, sequence: undefined, bytes: undefined });
      },
      recall: (count, told) => {
        this.#recalls.push((environment) => told(pastDeaths(environment.file, id, count)));
        if (this.#state === "open") setImmediate(() => this.#answerRecalls());
      },
    };
  }

  /** An event of the scanner: the main thread's writer only. */
  tree(event: TreeEvent): void {
    this.#offer({ history: this.#history("tree"), record: event, sequence: undefined, bytes: undefined });
  }

  /**
   * Loads lmdb (30 ms) and writes what waited. To be called when the services are up. A worker thread that is terminated
   * in here takes the process with it: whoever asked for this waits for flush() before it ends the thread.
   */
  open(): void {
    if (this.#state === "waiting" && !this.#opening) this.#open();
  }

  /**
   * Resolves when everything appended before is committed or cannot be. Opens the journal if that was not done yet, and
   * tries again what has failed: there may be no later.
   */
  async flush(): Promise<void> {
    this.open();
    if (this.#isBrokenAndIdle && this.#outage.mayEnd) this.#reopen();
    if (this.#isSettled()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Flushes, then lets go of the environment. Later records are dropped. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#waiting.length > 0 || this.#committing !== undefined || this.#opening) await this.flush();
    this.#state = "closed";
    const environment = this.#environment;
    this.#environment = undefined;
    await environment?.close();
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
    if (this.#state !== "closed" && this.#waiting.length < this.#maxWaiting) {
      this.#waiting.push(...takeGap(entry.history), entry); // a loss stands before what came after it
    } else {
      this.#drop(entry);
    }
    if (this.#isBrokenAndIdle && this.#outage.isRetryDue(this.#nowMs())) this.#reopen();
    this.#schedule();
  }

  #drop(entry: Entry): void {
    this.#dropped++;
    if (this.#state === "closed") return;
    lose(entry.history, stampOfEntry(entry));
    if (this.#overflowing) return;
    this.#overflowing = true;
    if (this.#state !== "broken") this.#warn(`${this.#maxWaiting} records are waiting, dropping what comes on top`);
  }

  /** All records of one turn of the event loop make one commit, and all that come while it is under way the next. */
  #schedule(): void {
    if (this.#scheduled || this.#state !== "open" || this.#committing !== undefined || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#state === "open") this.#commit();
      this.#settle();
    });
  }

  #commit(): void {
    const environment = this.#environment;
    if (environment === undefined || !this.#isThere(environment)) return;
    const entries = this.#waiting.splice(0, MAX_BATCH);
    if (this.#waiting.length === 0 && this.#overflowing) {
      this.#overflowing = false;
      for (const history of this.#histories.values()) entries.push(...takeGap(history));
    }
    this.#committing = entries;
    putAll(environment, entries).then(
      () => this.#onCommit(entries.length),
      (error: unknown) => void this.#onFailure(entries, error),
    );
  }

  #onCommit(records: number): void {
    this.#committing = undefined;
    this.#committed += records;
    if (this.#committed >= GROWTH_RECORDS) this.#tellGrowth();
    if (this.#outage.succeeded()) this.#warn(`works again, ${this.#dropped} records were lost so far`);
    this.#schedule();
    this.#settle();
  }

  async #onFailure(entries: readonly Entry[], error: unknown): Promise<void> {
    const cause = await reasonOf(error, this.#options.dir);
    this.#waiting.unshift(...entries);
    this.#committing = undefined;
    this.#break(toJournalError(cause, this.#options.dir, "unable to write"));
    this.#settle();
  }

  #break(error: JournalError): void {
    if (this.#state !== "closed") this.#state = "broken";
    if (!this.#outage.failed(error.code, this.#nowMs())) return;
    this.#options.warn(`${error.message}; history is kept in memory for a while, services are not affected`);
  }

  get #isBrokenAndIdle(): boolean {
    return this.#state === "broken" && this.#committing === undefined && !this.#opening;
  }

  #isSettled(): boolean {
    return !this.#opening && this.#committing === undefined && (this.#state !== "open" || this.#waiting.length === 0);
  }

  #settle(): void {
    if (!this.#isSettled()) return;
    const waiters = this.#idle;
    this.#idle = [];
    for (const resolve of waiters) resolve();
  }

  #open(): void {
    this.#opening = true;
    const opened = (then: () => void): void => {
      this.#opening = false;
      then();
      this.#settle();
    };
    openForWriting(this.#options.dir, this.#options.modes).then(
      (environment) => opened(() => this.#onOpen(environment)),
      (error: unknown) => opened(() => this.#break(toJournalError(error, this.#options.dir, "unable to open"))),
    );
  }

  #onOpen(environment: Environment): void {
    this.#environment = environment;
    if (this.#state === "closed") return this.#forget();
    this.#state = "open";
    this.#inodeCheckedMs = this.#nowMs();
    this.#schedule();
    if (this.#recalls.length > 0) setImmediate(() => this.#answerRecalls());
    setImmediate(() => this.#tellGrowth());
  }

  #tellGrowth(): void {
    const records = this.#committed;
    this.#committed = 0;
    this.#reading(({ file }) => this.#options.grown?.(records, file.usedBytes));
  }

  /** One history per turn: services must not wait for those of others. */
  #answerRecalls(): void {
    this.#reading((environment) => this.#recalls.shift()?.(environment));
    if (this.#recalls.length > 0 && this.#environment !== undefined) setImmediate(() => this.#answerRecalls());
  }

  #reading(read: (environment: Environment) => void): void {
    try {
      if (this.#environment !== undefined) read(this.#environment);
    } catch (error) {
      this.#warn(`unable to read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** After an outage: is it still the same environment, and is there room? */
  #reopen(): void {
    const { dir } = this.#options;
    if (this.#environment === undefined || inodeOf(dir) !== this.#environment.file.inode) {
      this.#forget();
      this.#open();
      return;
    }
    try {
      probe(dir);
    } catch (error) {
      this.#break(toJournalError(error, dir, "unable to write"));
      return;
    }
    this.#state = "open";
    this.#schedule();
  }

  /** The environment is another one: numbering begins with what is found there. */
  #forget(): void {
    const old = this.#environment;
    this.#environment = undefined;
    old?.close().catch((error: unknown) => this.#warn(`unable to close: ${String(error)}`));
    for (const history of this.#histories.values()) history.next = undefined;
    for (const entry of this.#waiting) entry.sequence = undefined;
  }

  #isThere(environment: Environment): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#inodeCheckedMs < INODE_CHECK_MS) return true;
    this.#inodeCheckedMs = nowMs;
    const { dir } = this.#options;
    if (inodeOf(dir) === environment.file.inode) return true;
    this.#break(new JournalError("ENOENT", dir, "the directory was taken away"));
    return false;
  }

  #warn(text: string): void {
    this.#options.warn(`journal ${this.#options.dir}: ${text}`);
  }
}
