import { Complaints } from "./complaints.ts";
import type { Draft } from "./draft.ts";
import type { Identity, ScanEntry, ScannerFact, ScanProblem } from "./facts.ts";
import {
  DESCRIPTORS_PER_PIPE, isWhole, RETRY_MS, type ScannerConfig, type Service, SPECIAL_LOGGER,
} from "./state.ts";

type ScanFinished = Extract<ScannerFact, { type: "scan.finished" }>;

/**
 * What a scan changes (s6 documentation, s6-svscan). Every entry is judged alone: one that cannot be looked at, does
 * not fit or must wait for an old instance draws a warning and a later scan, and leaves its service as it was; the
 * others are not touched by it.
 */
export function applyScan(draft: Draft, config: ScannerConfig, fact: ScanFinished, loud: boolean): void {
  const pass = new ScanPass(draft, config, fact, loud);
  for (const problem of fact.problems) pass.takeProblem(problem);
  for (const entry of fact.entries) pass.takeEntry(entry);
  pass.finish();
}

const keyOf = ({ dev, ino }: Identity): string => `${dev}:${ino}`;

class ScanPass {
  readonly #draft: Draft;
  readonly #config: ScannerConfig;
  readonly #ms: number;
  readonly #slots = new Map<string, number>();
  /** Directories that stand in the scan directory itself. */
  readonly #top: ReadonlySet<string>;
  /** Slots that stay, and names before this scan. */
  readonly #seen = new Set<number>();
  readonly #formerNames = new Map<number, string>();
  readonly #wanted = new Set<number>();
  readonly #newPipes: number[] = [];
  readonly #complaints: Complaints;
  #services = 0;
  #descriptors = 0;
  #retryMs = Number.POSITIVE_INFINITY;

  constructor(draft: Draft, config: ScannerConfig, fact: ScanFinished, loud: boolean) {
    this.#draft = draft;
    this.#config = config;
    this.#ms = fact.ms;
    this.#complaints = new Complaints(draft, loud);
    this.#top = new Set(fact.entries.map(keyOf));
    for (const service of draft.services) {
      if (service === undefined) continue;
      this.#slots.set(keyOf(service), service.slot);
      this.#formerNames.set(service.slot, service.name);
      this.#services++;
    }
    const pipes = draft.pipes.filter((pipe) => pipe !== undefined).length;
    this.#descriptors = this.#services * config.descriptorsPerService + pipes * DESCRIPTORS_PER_PIPE;
  }

  takeProblem({ name, reason }: ScanProblem): void {
    this.#complaints.add(`unable to stat ${name}, skipping it: ${reason}`);
    this.#retryIn(RETRY_MS.entry);
    const owner = name.endsWith("/log") ? name.slice(0, -"/log".length) : name;
    this.#keep(this.#draft.services.find((service) => service?.role === "service" && service.name === owner));
  }

  takeEntry(entry: ScanEntry): void {
    if (isLonger(entry.name, this.#config.maxNameBytes)) {
      this.#complaints.add(`name too long, skipping it: ${entry.name}`);
      return;
    }
    const log = entry.name === SPECIAL_LOGGER ? undefined : entry.log;
    const service = this.#find(entry);
    const logger = log === undefined ? undefined : this.#find(log);
    if (service !== undefined && this.#seen.has(service.slot)) {
      // A second name for the same directory: the one that it already had counts.
      if (this.#formerNames.get(service.slot) === entry.name) this.#name(service, logger, entry.name);
      return;
    }
    if (log !== undefined && (this.#top.has(keyOf(log)) || (logger !== undefined && this.#seen.has(logger.slot)))) {
      this.#complaints.add(`${entry.name}/log already has another place in the scan directory, skipping ${entry.name}`);
      this.#keep(service);
      return;
    }
    const blockers = this.#blockers(service, logger);
    if (blockers.length > 0) {
      this.#complaints.add(`old instance of ${entry.name} still exists, waiting`);
      for (const blocker of blockers) this.#wanted.add(blocker.slot);
      this.#retryIn(RETRY_MS.tied);
      if (service !== undefined && !blockers.includes(service)) this.#keep(service);
      return;
    }
    if (!this.#fits(entry, service, log, logger)) {
      this.#keep(service);
      return;
    }
    this.#place(entry, service, log, logger);
  }

  finish(): void {
    const draft = this.#draft;
    for (const service of draft.services) {
      if (service === undefined) continue;
      const wanted = this.#wanted.has(service.slot);
      if (!this.#seen.has(service.slot)) {
        if (service.alive) draft.changeService(service.slot, { active: false, wanted });
        else draft.forget({ ...service, wanted }, this.#ms);
      } else if (service.wanted !== wanted) {
        draft.changeService(service.slot, { wanted });
      }
    }
    draft.closeAllIdleEnds();
    if (this.#newPipes.length > 0) draft.emit({ type: "openPipes", pipes: this.#newPipes });
    if (Number.isFinite(this.#retryMs)) draft.scanBy(this.#retryMs);
    draft.set({ crowded: this.#complaints.refusals > 0 });
    this.#complaints.finish(this.#config);
  }

  /** Old instances that must be gone before this entry can begin. */
  #blockers(service: Service | undefined, logger: Service | undefined): Service[] {
    const blockers: Service[] = [];
    if (service !== undefined && (service.role === "logger" || this.#isStranded(service))) blockers.push(service);
    if (logger === undefined) return blockers;
    const isElsewhere = logger.alive && !this.#areTied(service, logger);
    if (logger.role === "service" || this.#isStranded(logger) || isElsewhere) blockers.push(logger);
    return blockers;
  }

  /** A living half of an inactive pair whose pipe has lost an end. */
  #isStranded(service: Service): boolean {
    return !service.active && service.alive && service.held !== null && !isWhole(this.#draft, service.held);
  }

  #areTied(service: Service | undefined, logger: Service): boolean {
    const { pipe } = logger;
    if (service === undefined || pipe === null || !isWhole(this.#draft, pipe)) return false;
    return service.pipe === pipe || service.held === pipe;
  }

  #fits(entry: ScanEntry, service: Service | undefined, log: Identity | undefined, logger: Service | undefined): boolean {
    const joins = logger !== undefined && this.#areTied(service, logger);
    const services = (service === undefined ? 1 : 0) + (log !== undefined && logger === undefined ? 1 : 0);
    const pipes = log !== undefined && !joins ? 1 : 0;
    const descriptors = services * this.#config.descriptorsPerService + pipes * DESCRIPTORS_PER_PIPE;
    const refusal =
      services > 0 && this.#services + services > this.#config.maxServices ? "services"
      : descriptors > 0 && this.#descriptors + descriptors > this.#config.maxDescriptors ? "descriptors"
      : undefined;
    if (refusal === undefined) {
      this.#services += services;
      this.#descriptors += descriptors;
      return true;
    }
    this.#complaints.refuse(refusal, entry.name);
    this.#retryIn(RETRY_MS.tooMany);
    return false;
  }

  #place(entry: ScanEntry, former: Service | undefined, log: Identity | undefined, formerLogger: Service | undefined): void {
    const draft = this.#draft;
    const service = former ?? this.#add(entry, "service");
    this.#seen.add(service.slot);
    if (log === undefined) {
      const loggerName = this.#draft.service(this.#readerOf(service))?.name;
      if (loggerName !== undefined) this.#complaints.add(`logger ${loggerName} has been moved`);
      draft.changeService(service.slot, { active: true, name: entry.name, pipe: null });
      return;
    }
    const logger = formerLogger ?? this.#add(log, "logger");
    this.#seen.add(logger.slot);
    let { pipe } = logger;
    if (pipe === null || !this.#areTied(service, logger)) {
      pipe = draft.addPipe(service.slot, logger.slot);
      this.#newPipes.push(pipe);
    }
    draft.changeService(service.slot, { active: true, pipe });
    draft.changeService(logger.slot, { active: true, pipe });
    this.#name(service, logger, entry.name);
  }

  #name(service: Service, logger: Service | undefined, name: string): void {
    this.#draft.changeService(service.slot, { name });
    if (logger !== undefined) this.#draft.changeService(logger.slot, { name: `${name}/log` });
  }

  #add(identity: Identity, role: Service["role"]): Service {
    const { dev, ino } = identity;
    const service = this.#draft.addService(identity, (slot) => ({
      slot, dev, ino, role, name: "", active: true, alive: false, nulled: false, dueMs: this.#ms, pipe: null, held: null,
      wanted: false,
    }));
    this.#slots.set(keyOf(identity), service.slot);
    return service;
  }

  /** The service, and the logger that it is paired with, stay what they were. */
  #keep(service: Service | undefined): void {
    if (service === undefined || !service.active) return;
    this.#seen.add(service.slot);
    const reader = this.#readerOf(service);
    if (this.#draft.service(reader)?.pipe === service.pipe && reader !== null) this.#seen.add(reader);
  }

  #readerOf(service: Service): number | null {
    return service.pipe === null ? null : (this.#draft.pipes[service.pipe]?.reader ?? null);
  }

  #find(identity: Identity): Service | undefined {
    return this.#draft.service(this.#slots.get(keyOf(identity)) ?? null);
  }

  #retryIn(ms: number): void {
    this.#retryMs = Math.min(this.#retryMs, this.#ms + ms);
  }
}

/** Longer than so many bytes of UTF-8? */
function isLonger(name: string, maxBytes: number): boolean {
  if (name.length * 3 <= maxBytes) return false;
  let bytes = 0;
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes > maxBytes;
}
