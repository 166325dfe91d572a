import { availableParallelism } from "node:os";
import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { WaitStatus } from "../formats/wait-status.ts";
import { packageRoot } from "../sys/package-root.ts";
import { closeFd } from "../sys/files.ts";
import type { Ledger } from "./ledger.ts";
import { type LedgerMemory, openLedger } from "./ledger-file.ts";
import { Outbox } from "./outbox.ts";
import type { Ending, SupervisorSignal, SupervisorSpec, ToMain, ToSupervisor, ToWorker, WorkerTask } from "./protocol.ts";
import { report } from "./report.ts";
import { openSurvivor } from "./survivors.ts";

/** The main thread's side of the worker threads that host the supervisors. */

export interface HostOptions {
  /** auto: one thread for small trees, one more for every 500 services, up to the number of cores. */
  readonly workers: number | "auto";
  /** Size of the ledger: slots are 0 … maxSlots - 1. */
  readonly maxSlots: number;
  readonly journalDir: string | null;
  /** File of the ledger. */
  readonly ledgerPath: string;
}

export interface HostEvents {
  /** The supervisor left its loop. */
  exited(slot: number): void;
  /** It could not start; the message was printed. */
  failed(slot: number, code: 100 | 111): void;
  /** It gave up its stdin and stdout: its ends of pipes may close. */
  nulled(slot: number): void;
}

const SERVICES_PER_WORKER = 500;
/** Orphans that main reaped lately and nobody knew: a daemon may have died before its supervisor could read its pid. */
const ORPHANS_REMEMBERED = 256;
/** A worker that dies again and again must not become a busy loop. */
const REVIVE_DELAY_MS = 1000;

export class Hosts {
  readonly #events: HostEvents;
  readonly #options: HostOptions;
  readonly #ledger: Ledger;
  readonly #memory: LedgerMemory;
  readonly #hosts: Host[] = [];
  readonly #hostOf = new Map<number, Host>();
  readonly #orphans: { pid: number; waitStatus: WaitStatus }[] = [];
  #slotsUsed = 0;
  #journalWanted = false;

  constructor(options: HostOptions, events: HostEvents) {
    this.#options = options;
    this.#events = events;
    const { ledger, memory } = openLedger(options.ledgerPath, options.maxSlots, (text) => report("s6-svscan", "warning", text));
    this.#ledger = ledger;
    this.#memory = memory;
    for (const slot of this.#orphanSlots()) this.#slotsUsed = slot + 1;
    this.#grow();
  }

  /** Services that a process before this one left behind, by their directories: each must get its slot back. */
  *orphans(): Generator<{ readonly slot: number; readonly dev: number; readonly ino: number }> {
    for (const slot of this.#orphanSlots()) yield { slot, ...this.#ledger.slot(slot).home };
  }

  /** The process of the service of this slot, if it outlived its supervisor and is not taken over yet. */
  survivorIn(slot: number): number | undefined {
    const entry = this.#ledger.slot(slot);
    const survivor = entry.get("orphaned") === 1 ? openSurvivor(entry) : undefined;
    if (survivor !== undefined) closeFd(survivor.pidfd);
    return survivor?.pid;
  }

  *#orphanSlots(): Generator<number> {
    for (let slot = 0; slot < this.#ledger.slots; slot++) if (this.#ledger.slot(slot).get("orphaned") === 1) yield slot;
  }

  get running(): number {
    return this.#hostOf.size;
  }

  start(spec: SupervisorSpec): void {
    this.#slotsUsed = Math.max(this.#slotsUsed, spec.slot + 1);
    const slot = this.#ledger.slot(spec.slot);
    if (slot.get("orphaned") === 0) slot.claim();
    slot.home = spec;
    if (this.#hostOf.size >= this.#hosts.length * SERVICES_PER_WORKER) this.#grow();
    const host = this.#hosts.reduce((least, next) => (next.size < least.size ? next : least));
    this.#hostOf.set(spec.slot, host);
    host.start(spec);
  }

  signal(slot: number, signal: SupervisorSignal): void {
    this.#tell(slot, (serial) => ({ type: "signal", serial, signal }));
  }

  /** Main reaped a process that it did not start. True when it belonged to a service, which is told. */
  orphanDied(pid: number, waitStatus: WaitStatus): boolean {
    const slot = this.#ledger.slotOfChild(pid, this.#slotsUsed);
    if (slot !== undefined) {
      this.#tell(slot, (serial) => ({ type: "childDied", serial, pid, waitStatus }));
      return true;
    }
    this.#orphans.push({ pid, waitStatus });
    if (this.#orphans.length > ORPHANS_REMEMBERED) this.#orphans.shift();
    return false;
  }

  /** The workers load the store now, and write what they have kept in memory so far. */
  openJournal(): void {
    this.#journalWanted = true;
    for (const host of this.#hosts) host.tell({ type: "openJournal" });
  }

  /** Flushes the journals and ends the threads. Supervisors that still run are left where they are. */
  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  #tell(slot: number, message: (serial: number) => ToSupervisor): void {
    const host = this.#hostOf.get(slot);
    const serial = host?.serialOf(slot);
    if (host !== undefined && serial !== undefined) host.tell(message(serial));
  }

  #grow(): void {
    const { workers } = this.#options;
    const wanted = workers === "auto" ? 1 + Math.floor(this.#hostOf.size / SERVICES_PER_WORKER) : workers;
    const most = workers === "auto" ? availableParallelism() : workers;
    while (this.#hosts.length < Math.max(1, Math.min(wanted, most))) {
      const host = new Host(this.#memory, this.#options.journalDir, {
        ended: (spec, ending) => this.#ended(spec, ending),
        said: (message) => this.#said(message),
      });
      this.#hosts.push(host);
      if (this.#journalWanted) host.tell({ type: "openJournal" });
    }
  }

  #ended({ slot, name }: SupervisorSpec, ending: Ending): void {
    this.#hostOf.delete(slot);
    if (ending.type === "exited") {
      this.#events.exited(slot);
      return;
    }
    report(`s6-supervise ${name}`, "fatal", ending.message);
    this.#events.failed(slot, ending.code);
  }

  #said(message: SlotMessage): void {
    switch (message.type) {
      case "nulled":
        this.#events.nulled(message.slot);
        return;
      case "claim": {
        const { slot, pid } = message;
        const index = this.#orphans.findIndex((orphan) => orphan.pid === pid);
        const [orphan] = index < 0 ? [] : this.#orphans.splice(index, 1);
        this.#tell(slot, (serial) =>
          orphan === undefined ? { type: "childLost", serial, pid } : { type: "childDied", serial, ...orphan },
        );
        return;
      }
    }
  }
}

type SlotMessage = Extract<ToMain, { slot: number }>;

interface HostOwner {
  ended(spec: SupervisorSpec, ending: Ending): void;
  said(message: SlotMessage): void;
}

/** One worker thread, in a pool of its own: whatever happens to it, its services come back to its successor. */
class Host {
  readonly #ledger: LedgerMemory;
  readonly #journalDir: string | null;
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

  constructor(ledger: LedgerMemory, journalDir: string | null, owner: HostOwner) {
    this.#ledger = ledger;
    this.#journalDir = journalDir;
    this.#owner = owner;
    [this.#pool, this.#port] = this.#beget();
  }

  get size(): number {
    return this.#tenants.size;
  }

  start(spec: SupervisorSpec): void {
    const serial = this.#nextSerial++;
    this.#tenants.set(spec.slot, { spec, serial });
    this.#run(spec, serial, false);
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

  async close(): Promise<void> {
    this.#closing = true;
    await new Promise<void>((resolve) => {
      this.#flushed = resolve;
      this.tell({ type: "flush" });
    });
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
      ledger: this.#ledger,
      journalDir: this.#journalDir,
    };
    pool.run(task, { transferList: [port2] }).catch((error: unknown) => this.#died(life, error));
    return [pool, port1];
  }

  #hear(message: ToMain): void {
    if (message.type === "heard") this.#heard(message.serial);
    else if (message.type === "flushed") this.#flushed?.();
    else this.#owner.said(message);
  }

  #heard(serial: number): void {
    const index = this.#unheard.findIndex((message) => message.serial === serial);
    if (index >= 0) this.#unheard.splice(index, 1);
  }

  #run(spec: SupervisorSpec, serial: number, adopt: boolean): void {
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
    if (age < REVIVE_DELAY_MS) setTimeout(() => this.#revive(), REVIVE_DELAY_MS - age);
    else this.#revive();
  }

  #revive(): void {
    [this.#pool, this.#port] = this.#beget();
    if (this.#journalOpen) this.tell({ type: "openJournal" });
    for (const { spec, serial } of this.#tenants.values()) this.#run(spec, serial, true);
    this.#port.postMessage(this.#unheard);
  }
}
