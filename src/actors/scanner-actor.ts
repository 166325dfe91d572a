import type { EndWatch, ScannerEffect, TreeExit } from "../machines/scanner/effects.ts";
import type { DivertedSignal, ExitWith, ScanEntry, ScannerFact, ScanProblem } from "../machines/scanner/facts.ts";
import { type ScannerConfig, type ScannerState, start } from "../machines/scanner/state.ts";
import { step } from "../machines/scanner/step.ts";
import type { Tain } from "../formats/tain.ts";
import { SystemError } from "../sys/errors.ts";
import type { LogPipes } from "./log-pipes.ts";
import type { SupervisorSpec } from "./protocol.ts";

/** A fact before it is stamped. */
export type Happening = ScannerFact extends infer Fact ? (Fact extends ScannerFact ? Omit<Fact, "at" | "ms"> : never) : never;

type Start = Extract<ScannerEffect, { type: "startSupervisor" }>;

/** What the scanner needs from the world. */
export interface ScannerPorts {
  now(): { readonly at: Tain; readonly ms: number };
  /** @throws SystemError */
  readScandir(): { readonly entries: readonly ScanEntry[]; readonly problems: readonly ScanProblem[]; readonly exitWith?: ExitWith };
  readonly pipes: Pick<LogPipes, "open" | "fd" | "close">;
  /** Ids in the journal for services that are about to start, by slot. Never throws. */
  identify(services: readonly { readonly slot: number; readonly name: string }[]): void;
  identityOf(slot: number): Pick<SupervisorSpec, "serviceId" | "pointer">;
  forget(slot: number): void;
  startSupervisor(spec: SupervisorSpec): void;
  watchEnds(slot: number, watch: EndWatch): void;
  signalSupervisor(slot: number, signal: "term" | "hup"): void;
  /** False when there is nothing to run. */
  runSignalFile(signal: DivertedSignal): boolean;
  reap(): void;
  /** upgrade.tested must follow. */
  testUpgrade(): void;
  /** upgrade.failed must follow, if anything does. */
  reexec(): void;
  setDeadline(atMs: number | null): void;
  releaseStdio(catchAll: boolean): void;
  warn(text: string): void;
  finish(exit: TreeExit | undefined): void;
  /** Descriptor of the console holder, undefined without one. */
  readonly consoleFd: number | undefined;
}

/** The shell of the scanner machine: stamps facts, performs effects in order, hands answers over before other mail. */
export class ScannerActor {
  readonly #ports: ScannerPorts;
  #state: ScannerState;
  readonly #mail: Happening[] = [];
  #busy = false;

  constructor(config: ScannerConfig, ports: ScannerPorts) {
    this.#ports = ports;
    this.#state = start(config);
  }

  /** Never throws: whatever goes wrong is reported, and the scanner goes on with the next fact. */
  receive(happening: Happening): void {
    this.#mail.push(happening);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#mail.shift(); next !== undefined; next = this.#mail.shift()) this.#take(next);
    this.#busy = false;
  }

  #take(happening: Happening): void {
    try {
      const { state, effects } = step(this.#state, { ...happening, ...this.#ports.now() });
      this.#state = state;
      this.#identify(effects);
      const answers: Happening[] = [];
      for (const effect of effects) {
        const answer = this.#try(effect);
        if (answer !== undefined) answers.push(answer);
      }
      this.#mail.unshift(...answers);
    } catch (error) {
      this.#ports.warn(`internal error on ${happening.type}: ${detail(error)}`);
    }
  }

  /** All at once: the registry is written once per round of starts, not once per start. */
  #identify(effects: readonly ScannerEffect[]): void {
    const starts = effects.filter((effect): effect is Start => effect.type === "startSupervisor");
    if (starts.length > 0) this.#ports.identify(starts);
  }

  #try(effect: ScannerEffect): Happening | undefined {
    try {
      return this.#perform(effect);
    } catch (error) {
      this.#ports.warn(`unable to ${effect.type}: ${detail(error)}`);
      if (effect.type === "startSupervisor") return { type: "supervisor.failed", slot: effect.slot };
      if (effect.type === "runSignalFile") return { type: "signalFile.absent", signal: effect.signal };
      if (effect.type === "scan") return { type: "scan.failed", reason: detail(error) };
      return undefined;
    }
  }

  #perform(effect: ScannerEffect): Happening | undefined {
    const ports = this.#ports;
    switch (effect.type) {
      case "scan":
        return this.#scan();
      case "openPipes":
        return { type: "pipes.opened", ...ports.pipes.open(effect.pipes.flatMap((id) => this.#state.pipes[id] ?? [])) };
      case "closePipeEnd":
        return void ports.pipes.close(effect.pipe, effect.end);
      case "startSupervisor":
        return void ports.startSupervisor(this.#specOf(effect));
      case "watchEnds":
        return void ports.watchEnds(effect.slot, effect.watch);
      case "signalSupervisor":
        return void ports.signalSupervisor(effect.slot, effect.signal);
      case "forget":
        return void ports.forget(effect.slot);
      case "runSignalFile": {
        const { signal } = effect;
        return { type: ports.runSignalFile(signal) ? "signalFile.started" : "signalFile.absent", signal };
      }
      case "reap":
        return void ports.reap();
      case "testUpgrade":
        return void ports.testUpgrade();
      case "reexec":
        return void ports.reexec();
      case "setDeadline":
        return void ports.setDeadline(effect.atMs);
      case "releaseStdio":
        return void ports.releaseStdio(effect.catchAll);
      case "warn":
        return void ports.warn(effect.text);
      case "finish":
        return void ports.finish(effect.exit);
    }
  }

  #scan(): Happening {
    try {
      return { type: "scan.finished", ...this.#ports.readScandir() };
    } catch (error) {
      if (error instanceof SystemError) return { type: "scan.failed", reason: error.reason };
      throw error;
    }
  }

  #specOf({ slot, name, kind, pipe, watch = "no" }: Start): SupervisorSpec {
    const { pipes, consoleFd } = this.#ports;
    const { dev = 0, ino = 0 } = this.#state.services[slot] ?? {};
    return {
      slot,
      name,
      dev,
      ino,
      watch,
      stdin: kind === "logger" && pipe !== null ? pipes.fd(pipe, "read") : 0,
      stdout: kind === "service" && pipe !== null ? pipes.fd(pipe, "write") : 1,
      stderr: kind === "special" && consoleFd !== undefined ? consoleFd : 2,
      ...this.#ports.identityOf(slot),
    };
  }
}

function detail(error: unknown): string {
  if (error instanceof SystemError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
