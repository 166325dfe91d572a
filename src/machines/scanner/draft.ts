import type { PipeEnd, ScannerEffect } from "./effects.ts";
import type { Identity } from "./facts.ts";
import { isEndNeeded, type Pipe, RETRY_MS, type ScannerState, type Service } from "./state.ts";

export interface Step {
  readonly state: ScannerState;
  readonly effects: readonly ScannerEffect[];
}

type Fields = Omit<ScannerState, "services" | "pipes" | "config">;

/** One step's working copy of the state: tables are copied at the first change, the old state stays as it was. */
export class Draft {
  readonly effects: ScannerEffect[] = [];
  readonly #before: ScannerState;
  #fields: Partial<Fields> = {};
  #services: (Service | undefined)[] | undefined;
  #pipes: (Pipe | undefined)[] | undefined;
  #freeSlot = 0;
  #freePipe = 0;

  constructor(state: ScannerState) {
    this.#before = state;
  }

  /** The state as it is by now. */
  get now(): ScannerState {
    return {
      ...this.#before,
      ...this.#fields,
      services: this.#services ?? this.#before.services,
      pipes: this.#pipes ?? this.#before.pipes,
    };
  }

  get services(): readonly (Service | undefined)[] {
    return this.#services ?? this.#before.services;
  }

  get pipes(): readonly (Pipe | undefined)[] {
    return this.#pipes ?? this.#before.pipes;
  }

  get<Name extends keyof Fields>(name: Name): Fields[Name] {
    const changed: Partial<Fields> = this.#fields;
    return Object.hasOwn(changed, name) ? (changed[name] as Fields[Name]) : this.#before[name];
  }

  set(changes: Partial<Fields>): void {
    this.#fields = { ...this.#fields, ...changes };
  }

  emit(effect: ScannerEffect): void {
    this.effects.push(effect);
  }

  warn(text: string): void {
    this.emit({ type: "warn", text });
  }

  service(slot: number | null): Service | undefined {
    return slot === null ? undefined : this.services[slot];
  }

  /** In the slot that its directory had in an earlier process, else in the lowest free one that is nobody's. */
  addService(directory: Identity, make: (slot: number) => Service): Service {
    this.#services ??= this.#before.services.slice();
    const { orphans } = this.#before.config;
    const own = orphans.find(({ dev, ino }) => dev === directory.dev && ino === directory.ino)?.slot;
    const isTaken = (slot: number): boolean => this.#services?.[slot] !== undefined || orphans.some((orphan) => orphan.slot === slot);
    while (isTaken(this.#freeSlot)) this.#freeSlot++;
    const service = make(own === undefined || this.#services[own] !== undefined ? this.#freeSlot : own);
    this.#services[service.slot] = service;
    return service;
  }

  changeService(slot: number, changes: Partial<Omit<Service, "slot">>): void {
    const service = this.services[slot];
    if (service === undefined) return;
    this.#services ??= this.#before.services.slice();
    this.#services[slot] = { ...service, ...changes };
  }

  /** The service has no supervisor and will not get one any more. */
  forget(service: Service, ms: number): void {
    this.#services ??= this.#before.services.slice();
    this.#services[service.slot] = undefined;
    this.#freeSlot = Math.min(this.#freeSlot, service.slot);
    this.emit({ type: "forget", slot: service.slot });
    if (service.wanted) this.scanBy(ms);
    else if (this.get("crowded")) this.scanBy(ms + RETRY_MS.room);
  }

  scanBy(ms: number): void {
    this.set({ nextScanMs: Math.min(this.get("nextScanMs"), ms) });
  }

  addPipe(writer: number, reader: number): number {
    this.#pipes ??= this.#before.pipes.slice();
    while (this.#pipes[this.#freePipe] !== undefined) this.#freePipe++;
    const id = this.#freePipe;
    this.#pipes[id] = { id, writer, reader, write: false, read: false };
    return id;
  }

  changePipe(id: number, changes: { readonly write: boolean; readonly read: boolean } | "drop"): void {
    const pipe = this.pipes[id];
    if (pipe === undefined) return;
    this.#pipes ??= this.#before.pipes.slice();
    if (changes === "drop") this.#freePipe = Math.min(this.#freePipe, id);
    this.#pipes[id] = changes === "drop" ? undefined : { ...pipe, ...changes };
  }

  /** Closes the ends that nobody needs any more. */
  closeIdleEnds(id: number | null): void {
    const pipe = id === null ? undefined : this.pipes[id];
    if (pipe === undefined || (!pipe.write && !pipe.read)) return;
    const state = this.now;
    const stays = (end: PipeEnd): boolean => pipe[end] && isEndNeeded(state, pipe, end);
    const left = { write: stays("write"), read: stays("read") };
    if (pipe.write && !left.write) this.emit({ type: "closePipeEnd", pipe: pipe.id, end: "write" });
    if (pipe.read && !left.read) this.emit({ type: "closePipeEnd", pipe: pipe.id, end: "read" });
    this.changePipe(pipe.id, left.write || left.read ? left : "drop");
  }

  closeAllIdleEnds(): void {
    for (let id = 0; id < this.pipes.length; id++) this.closeIdleEnds(id);
  }

  done(): Step {
    return { state: this.now, effects: this.effects };
  }
}
