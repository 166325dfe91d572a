import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import { packageRoot } from "../sys/package-root.ts";
import type { LedgerMemory } from "./ledger-file.ts";
import { Outbox } from "./outbox.ts";
import type { Ending, SupervisorSpec, ToMain, ToSupervisor, ToWorker, WorkerTask } from "./protocol.ts";
import { report } from "./report.ts";

/** Far more than 5000 services need. */
const HEAP_MB = 512;
/** A worker that dies again and again must not become a busy loop. */
const REVIVE_DELAY_MS = 1000;

/** What a supervisor says through its thread that concerns its slot. */
export type SlotMessage = Extract<ToMain, { slot: number }>;

/** What all threads of a tree have in common. */
interface Shared {
  readonly ledger: LedgerMemory;
  readonly journalDir: string | null;
  readonly lockDescriptors: boolean;
}

interface HostOwner {
  ended(spec: SupervisorSpec, ending: Ending): void;
  said(message: SlotMessage): void;
  /** The journal has so many records more, and so many bytes of them in all. */
  journalGrew(records: number, bytes: number): void;
}

/** One worker thread, in a pool of its own: whatever happens to it, its services come back to its successor. */
export class Host {
  readonly #shared: Shared;
  readonly #owner: HostOwner;
  readonly #tenants = new Map<number, { readonly spec: SupervisorSpec; readonly serial: number }>();
  #pool: Piscina<WorkerTask, Ending | undefined>;
  #port: MessagePort;
  #life = 0;
  #bornMs = 0;
  #journalOpen = false;
  #closing = false;
  #flushed: (() => void) | undefined;
  #unheard: ToSupervisor[] = [];
  #nextSerial = 0;
  readonly #outbox = new Outbox<ToWorker>((batch) => this.#port.postMessage(batch));

  constructor(shared: Shared, owner: HostOwner) {
    this.#shared = shared;
    this.#owner = owner;
    [this.#pool, this.#port] = this.#beget();
  }

  get size(): number {
    return this.#tenants.size;
  }

  start(spec: SupervisorSpec): void {
    const serial = this.#nextSerial++;
    this.#tenants.set(spec.slot, { spec, serial });
    this.#run(spec, serial, null);
  }

  serialOf(slot: number): number | undefined {
    return this.#tenants.get(slot)?.serial;
  }

  /** What concerns a service is kept until the thread has heard it: one that dies first leaves it to its successor. */
  tell(message: ToWorker): void {
    if (message.type === "openJournal") this.#journalOpen = true;
    if ("serial" in message) this.#unheard.push(message);
    this.#outbox.push(message);
  }

  /** flush: and close the journal. */
  flush(type: "commit" | "flush"): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#flushed = resolve;
      this.tell({ type });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.flush("flush");
    this.#port.close();
    await this.#pool.destroy();
  }

  #beget(): [Piscina<WorkerTask, Ending | undefined>, MessagePort] {
    const pool = new Piscina<WorkerTask, Ending | undefined>({
      filename: join(packageRoot, "dist", "actors", "worker.cjs"),
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1_000_000,
      atomics: "disabled", // Atomics.wait would freeze timers and pidfds whenever there is no task
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB }, // beyond it the thread ends, without one the process would
    });
    this.#bornMs = performance.now();
    const life = ++this.#life;
    pool.on("error", () => undefined); // told by the rejections
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (batch: readonly ToMain[]) => {
      for (const message of batch) this.#hear(message);
    });
    const task: WorkerTask = {
      type: "attach",
      port: port2,
      ...this.#shared,
    };
    pool.run(task, { transferList: [port2] }).catch((error: unknown) => this.#died(life, error));
    return [pool, port1];
  }

  #hear(message: ToMain): void {
    if (message.type === "heard") this.#heard(message.serial);
    else if (message.type === "flushed") this.#flushed?.();
    else if (message.type === "grown") this.#owner.journalGrew(message.records, message.bytes);
    else this.#owner.said(message);
  }

  #heard(serial: number): void {
    const index = this.#unheard.findIndex((message) => message.serial === serial);
    if (index >= 0) this.#unheard.splice(index, 1);
  }

  #run(spec: SupervisorSpec, serial: number, adopt: string | null): void {
    const life = this.#life;
    this.#pool.run({ type: "supervise", spec, serial, adopt }).then(
      (ending) => {
        this.#tenants.delete(spec.slot);
        this.#owner.ended(spec, ending ?? { type: "exited" });
      },
      (error: unknown) => this.#died(life, error),
    );
  }

  /** Every task of the thread is rejected when it dies; the first one that says so gets it a successor. */
  #died(life: number, error: unknown): void {
    if (life !== this.#life || this.#closing) return;
    this.#life++;
    const reason = error instanceof Error ? error.message : String(error);
    report("s6-svscan", "warning", `a worker thread died, its ${this.#tenants.size} services go on in a new one: ${reason}`);
    this.#port.close();
    void this.#pool.destroy();
    const age = performance.now() - this.#bornMs;
    const why = `its worker thread had died: ${reason}`;
    if (age < REVIVE_DELAY_MS) setTimeout(() => this.#revive(why), REVIVE_DELAY_MS - age);
    else this.#revive(why);
  }

  #revive(why: string): void {
    [this.#pool, this.#port] = this.#beget();
    if (this.#journalOpen) this.tell({ type: "openJournal" });
    for (const { spec, serial } of this.#tenants.values()) this.#run(spec, serial, why);
    this.#port.postMessage(this.#unheard);
  }
}
