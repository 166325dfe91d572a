import { tainFromUnix } from "../../src/formats/tain.ts";
import type { EndWatch, PipeEnd, ScannerEffect, SupervisorKind, TreeExit } from "../../src/machines/scanner/effects.ts";
import type { ExitWith, Identity, ScannerFact, ScannerSignal, ScanProblem } from "../../src/machines/scanner/facts.ts";
import { DEFAULT_CONFIG, type ScannerConfig, type ScannerState, start } from "../../src/machines/scanner/state.ts";
import { step } from "../../src/machines/scanner/step.ts";

type Bare = ScannerFact extends infer Fact ? (Fact extends ScannerFact ? Omit<Fact, "at" | "ms"> : never) : never;

export interface Supervisor extends Identity {
  readonly slot: number;
  readonly name: string;
  readonly kind: SupervisorKind;
  readonly pipe: number | null;
  /** Tells one pipe from another that has the same id later. */
  readonly pipeBirth: number | null;
  readonly signals: string[];
  nulled: boolean;
}

interface OpenPipe {
  readonly birth: number;
  write: boolean;
  read: boolean;
}

/** A scan directory, supervisors and pipes that do what the machine says: what the shell does, without a kernel. */
export class World {
  state: ScannerState;
  ms = 1000;
  /** Name to directory; `log` undefined = none. */
  readonly entries = new Map<string, Identity & { log?: Identity }>();
  readonly problems: ScanProblem[] = [];
  scanFailure: string | undefined;
  pipeFailure: string | undefined;
  readonly signalFiles = new Set<ScannerSignal>();
  readonly live = new Map<number, Supervisor>();
  readonly pipes = new Map<number, OpenPipe>();
  readonly warnings: string[] = [];
  readonly effects: ScannerEffect[] = [];
  starts: string[] = [];
  deadline: number | null = null;
  scans = 0;
  reaps = 0;
  tests = 0;
  reexecs = 0;
  finished = false;
  released: boolean | undefined;
  /** Content of exit-with. */
  exitWith: ExitWith | undefined;
  readonly watched = new Map<number, EndWatch>();
  exit: TreeExit | undefined;
  #births = 0;

  constructor(config: Partial<ScannerConfig> = {}) {
    this.state = start({ ...DEFAULT_CONFIG, ...config });
  }

  /** A directory per name, `name/log` for a logger. Inode numbers are made from the order of first mention. */
  has(...names: string[]): this {
    for (const name of names) {
      const [service = "", log] = name.split("/");
      const entry = this.entries.get(service) ?? this.#identity();
      this.entries.set(service, log === undefined ? entry : { ...entry, log: this.#identity() });
    }
    return this;
  }

  begin(): this {
    this.tell({ type: "scanner.started" });
    return this;
  }

  /** Bytes that arrive together. */
  control(bytes: string): void {
    for (const byte of Buffer.from(bytes, "latin1")) this.tell({ type: "control.byte", byte });
    this.tell({ type: "round.over" });
  }

  signal(...signals: ScannerSignal[]): void {
    for (const signal of signals) this.tell({ type: "signal.received", signal });
    this.tell({ type: "round.over" });
  }

  /** Time passes; the deadline is honoured on the way. */
  wait(ms: number): void {
    const until = this.ms + ms;
    while (this.deadline !== null && this.deadline <= until) {
      this.ms = Math.max(this.ms, this.deadline);
      this.tell({ type: "deadline.reached" });
    }
    this.ms = until;
  }

  dies(name: string): void {
    this.tell({ type: "supervisor.exited", slot: this.at(name).slot });
  }

  nulls(name: string): void {
    const supervisor = this.at(name);
    supervisor.nulled = true;
    this.tell({ type: "supervisor.nulled", slot: supervisor.slot });
  }

  /** The living supervisor of that name. */
  at(name: string): Supervisor {
    const found = [...this.live.values()].find((supervisor) => supervisor.name === name);
    if (found === undefined) throw new Error(`no supervisor ${name} among ${this.names().join(" ")}`);
    return found;
  }

  names(): string[] {
    return [...this.live.values()].map(({ name }) => name).sort();
  }

  /** Which ends of the pipe of this supervisor are open. */
  ends(name: string): string {
    const { pipe } = this.at(name);
    const open = pipe === null ? undefined : this.pipes.get(pipe);
    return [open?.write === true ? "write" : "", open?.read === true ? "read" : ""].join("");
  }

  tell(bare: Bare): void {
    const fact = { ...bare, ms: this.ms, at: tainFromUnix(1_700_000_000 + Math.floor(this.ms / 1000), 0) } as ScannerFact;
    if (fact.type === "supervisor.exited" || fact.type === "supervisor.failed") this.live.delete(fact.slot);
    const { state, effects } = step(this.state, fact);
    this.state = state;
    const answers = effects.flatMap((effect) => this.#perform(effect));
    this.effects.push(...effects);
    for (const answer of answers) this.tell(answer);
  }

  #perform(effect: ScannerEffect): Bare[] {
    switch (effect.type) {
      case "scan":
        return [this.#scan()];
      case "openPipes":
        return [this.#openPipes(effect.pipes)];
      case "closePipeEnd":
        this.#close(effect.pipe, effect.end);
        return [];
      case "startSupervisor":
        this.#start(effect);
        return [];
      case "signalSupervisor":
        this.live.get(effect.slot)?.signals.push(effect.signal);
        return [];
      case "forget":
        if (this.live.has(effect.slot)) throw new Error(`slot ${effect.slot} forgotten alive`);
        return [];
      case "runSignalFile":
        return [{ type: this.signalFiles.has(effect.signal) ? "signalFile.started" : "signalFile.absent", signal: effect.signal }];
      case "reap":
        this.reaps++;
        return [];
      case "testUpgrade":
        this.tests++;
        return [];
      case "reexec":
        this.reexecs++;
        return [];
      case "setDeadline":
        this.deadline = effect.atMs;
        return [];
      case "releaseStdio":
        this.released = effect.catchAll;
        return [];
      case "warn":
        this.warnings.push(effect.text);
        return [];
      case "watchEnds":
        if (!this.live.has(effect.slot)) throw new Error(`slot ${effect.slot} is watched dead`);
        this.watched.set(effect.slot, effect.watch);
        return [];
      case "finish":
        this.exit = effect.exit;
        this.finished = true;
        return [];
    }
  }

  #scan(): Bare {
    this.scans++;
    if (this.scanFailure !== undefined) return { type: "scan.failed", reason: this.scanFailure };
    const entries = [...this.entries].map(([name, entry]) => ({ name, ...entry }));
    return { type: "scan.finished", entries, problems: this.problems, ...(this.exitWith === undefined ? {} : { exitWith: this.exitWith }) };
  }

  #openPipes(pipes: readonly number[]): Bare {
    if (this.pipeFailure !== undefined) return { type: "pipes.opened", opened: [], failed: pipes, reason: this.pipeFailure };
    for (const pipe of pipes) {
      if (this.pipes.has(pipe)) throw new Error(`pipe ${pipe} opened twice`);
      this.pipes.set(pipe, { birth: this.#births++, write: true, read: true });
    }
    return { type: "pipes.opened", opened: pipes, failed: [], reason: "" };
  }

  #close(id: number, end: PipeEnd): void {
    const pipe = this.pipes.get(id);
    if (pipe === undefined || !pipe[end]) throw new Error(`${end} end of pipe ${id} closed twice`);
    pipe[end] = false;
    if (!pipe.write && !pipe.read) this.pipes.delete(id);
  }

  #start({ slot, name, kind, pipe, watch = "no" }: Extract<ScannerEffect, { type: "startSupervisor" }>): void {
    if (this.live.has(slot)) throw new Error(`slot ${slot} started twice`);
    const service = this.state.services[slot];
    if (service === undefined) throw new Error(`slot ${slot} started without a service`);
    const open = pipe === null ? undefined : this.pipes.get(pipe);
    if (pipe !== null && (open === undefined || !open.write || !open.read)) throw new Error(`${name} started on a dead pipe`);
    for (const other of this.live.values()) {
      if (other.dev === service.dev && other.ino === service.ino) throw new Error(`${name} is supervised twice`);
    }
    this.starts.push(name);
    this.watched.set(slot, watch);
    const { dev, ino } = service;
    this.live.set(slot, { slot, name, kind, pipe, dev, ino, pipeBirth: open?.birth ?? null, signals: [], nulled: false });
  }

  #identity(): Identity {
    return { dev: 1, ino: this.#nextIno++ };
  }

  #nextIno = 100;
}
