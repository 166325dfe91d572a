import { availableParallelism } from "node:os";
import type { WaitStatus } from "../formats/wait-status.ts";
import type { EndWatch } from "../machines/scanner/effects.ts";
import { closeFd } from "../sys/files.ts";
import type { Ledger } from "./ledger.ts";
import { announceSuccession, type Bequest, type LedgerMemory, openLedger, requireLedgerFor } from "./ledger-file.ts";
import { Host, type SlotMessage } from "./host.ts";
import type { Ending, SupervisorSignal, SupervisorSpec, ToSupervisor } from "./protocol.ts";
import { report } from "./report.ts";
import { openSurvivor } from "./survivors.ts";

/** The worker threads that host the supervisors, as the main thread sees them. */

export interface HostOptions {
  /** auto: one thread for small trees, one more for every 250 services, up to the number of cores. */
  readonly workers: number | "auto";
  /** Size of the ledger: slots are 0 … maxSlots - 1. */
  readonly maxSlots: number;
  readonly journalDir: string | null;
  readonly lockDescriptors: boolean;
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
  /** run of a service that is watched has ended, and for good if it is not to be restarted. */
  ended(slot: number, waitStatus: WaitStatus | null, forGood: boolean): void;
  /** The journal has so many records more, and so many bytes of them in all. */
  journalGrew(records: number, bytes: number): void;
}

const WATCH = { no: 0, last: 1, first: 2 } as const;
const SERVICES_PER_WORKER = 250;
/** Orphans that main reaped lately and nobody knew: a daemon may have died before its supervisor could read its pid. */
const ORPHANS_REMEMBERED = 256;

export class Hosts {
  /** Set when we are what our own process became. */
  readonly bequest: Bequest | undefined;
  readonly #events: HostEvents;
  readonly #options: HostOptions;
  readonly #ledger: Ledger;
  readonly #memory: LedgerMemory;
  readonly #hosts: Host[] = [];
  readonly #hostOf = new Map<number, Host>();
  /** What kept the supervisor of a slot from starting the last time: they are started again and again. */
  readonly #hinted = new Map<number, string>();
  readonly #orphans: { pid: number; waitStatus: WaitStatus }[] = [];
  #slotsUsed = 0;
  #journalWanted = false;

  constructor(options: HostOptions, events: HostEvents) {
    this.#options = options;
    this.#events = events;
    const { ledger, memory, bequest } = openLedger(options.ledgerPath, options.maxSlots, (text) => report("s6-svscan", "warning", text));
    this.#ledger = ledger;
    this.#memory = memory;
    this.bequest = bequest;
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
    const survivor = entry.get("orphaned") !== 0 ? openSurvivor(entry) : undefined;
    if (survivor !== undefined) closeFd(survivor.pidfd);
    return survivor?.pid;
  }

  *#orphanSlots(): Generator<number> {
    for (let slot = 0; slot < this.#ledger.slots; slot++) if (this.#ledger.slot(slot).get("orphaned") !== 0) yield slot;
  }

  /** The log pipe between two services that this process had before it became another program. */
  keptPipe(writer: number, reader: number): [read: number, write: number] | undefined {
    const [from, to] = [this.#ledger.slot(writer), this.#ledger.slot(reader)];
    if (from.get("orphaned") !== 2 || to.get("orphaned") !== 2) return undefined;
    const [read, write] = [to.get("stdin"), from.get("stdout")];
    return read > 2 && write > 2 ? [read, write] : undefined;
  }

  /** All ends of such pipes, also of those that nobody wants any more. */
  keptPipeEnds(): number[] {
    if (this.bequest === undefined) return [];
    const ends = [...this.#orphanSlots()].flatMap((slot) => [this.#ledger.slot(slot).get("stdin"), this.#ledger.slot(slot).get("stdout")]);
    return [...new Set(ends)].filter((fd) => fd > 2);
  }

  /** Descriptors of the services that must stay open when the process becomes another program. */
  heirlooms(): number[] {
    const slots = Array.from({ length: this.#slotsUsed }, (_, index) => this.#ledger.slot(index));
    return slots.filter((slot) => slot.get("used") === 1).flatMap((slot) => slot.heirlooms);
  }

  /** What was recorded so far, as far as that is possible. */
  async commit(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.flush("commit")));
  }

  /** Lets this process go on in the next program. Nothing is undone when that fails. @throws SystemError, Error */
  bequeath(controlFd: number): void {
    const { ledgerPath, maxSlots } = this.#options;
    requireLedgerFor({ ledger: this.#ledger, memory: this.#memory }, ledgerPath, maxSlots);
    announceSuccession(this.#ledger, { pid: process.pid, controlFd });
  }

  get running(): number {
    return this.#hostOf.size;
  }

  start(spec: SupervisorSpec): void {
    this.#slotsUsed = Math.max(this.#slotsUsed, spec.slot + 1);
    const slot = this.#ledger.slot(spec.slot);
    if (slot.get("orphaned") === 0) slot.claim();
    slot.home = spec;
    slot.set("stdin", spec.stdin);
    slot.set("stdout", spec.stdout);
    this.watchEnds(spec.slot, spec.watch);
    if (this.#hostOf.size >= this.#hosts.length * SERVICES_PER_WORKER) this.#grow();
    const host = this.#hosts.reduce((least, next) => (next.size < least.size ? next : least));
    this.#hostOf.set(spec.slot, host);
    host.start(spec);
  }

  /** In shared memory, so that a supervisor sees it at once, and whoever continues its work. */
  watchEnds(slot: number, watch: EndWatch): void {
    this.#ledger.slot(slot).set("watched", WATCH[watch]);
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
      const host = new Host({ ledger: this.#memory, journalDir: this.#options.journalDir, lockDescriptors: this.#options.lockDescriptors }, {
        ended: (spec, ending) => this.#ended(spec, ending),
        said: (message) => this.#said(message),
        journalGrew: (records, bytes) => this.#events.journalGrew(records, bytes),
      });
      this.#hosts.push(host);
      if (this.#journalWanted) host.tell({ type: "openJournal" });
    }
  }

  #ended({ slot, name, stderr }: SupervisorSpec, ending: Ending): void {
    this.#hostOf.delete(slot);
    if (ending.type === "exited") {
      this.#hinted.delete(slot);
      this.#events.exited(slot);
      return;
    }
    const { message, code, hint } = ending;
    const isWritten = report(`s6-supervise ${name}`, "fatal", message, stderr);
    const cause = `${name}\0${hint?.cause}`;
    if (isWritten && this.#hinted.get(slot) !== cause) {
      if (hint !== undefined) report(`s6-supervise ${name}`, "hint", hint.text, stderr);
      this.#hinted.set(slot, cause);
    }
    this.#events.failed(slot, code);
  }

  #said(message: SlotMessage): void {
    switch (message.type) {
      case "nulled":
        this.#events.nulled(message.slot);
        return;
      case "ended":
        this.#events.ended(message.slot, message.waitStatus, message.forGood);
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
