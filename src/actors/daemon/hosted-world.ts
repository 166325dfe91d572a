import type { CompiledChain } from "../../sys/compiled-chain.ts";
import { OwnArea } from "../log/area.ts";
import { RecordBuffer } from "../log/record-buffer.ts";
import { Stream } from "../log/stream.ts";
import { privately } from "../shared-host/private-sink.ts";
import type { Served } from "../shared-host/shared-host.ts";
import type { ThinProcess } from "../shared-host/thin-process.ts";
import type { Turns } from "../shared-host/turns.ts";
import type { Watcher } from "../watcher.ts";
import type { ChildEars, ChildWish, EarlierChild, ParentWorld } from "./daemon-world.ts";

/** What nobody reads is thrown away beyond that: others are served here. */
const MOST_UNSAID = 65_536;
const USUAL_UNSAID = 512;
const STDERR = 2;

/** The world of a daemon whose process is a thin one: that has the pid, the signals and the children. */
export class HostedWorld implements ParentWorld {
  readonly watcher: Watcher;
  readonly #thin: ThinProcess;
  readonly #turns: Turns;
  readonly #ended: () => void;
  readonly #stderr: Stream;
  readonly #timers = new Set<() => void>();
  #code: number | undefined;

  /** `ended`: the thin process has been told to exit. */
  constructor(thin: ThinProcess, turns: Turns, ended: () => void) {
    this.#thin = thin;
    this.#turns = turns;
    this.#ended = ended;
    this.watcher = turns.watcherOf(thin);
    this.#stderr = new Stream(new RecordBuffer(new OwnArea(USUAL_UNSAID)), () => privately(thin, thin.stderr), this.watcher, () => this.#say(), () => undefined);
  }

  fd(number: 0 | 1 | 2): number {
    return [this.#thin.stdin, this.#thin.stdout, this.#thin.stderr][number] ?? -1;
  }

  after(ms: number, then: () => void): () => void {
    const cancel = this.#turns.after(this.#thin, ms, () => {
      this.#timers.delete(cancel);
      then();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  stderr(text: string): void {
    const { buffer } = this.#stderr;
    if (!this.#stderr.isOpen || buffer.length > MOST_UNSAID) return;
    buffer.tidy();
    const bytes = Buffer.from(text, "latin1");
    buffer.addBlock(bytes, 0, bytes.length);
    this.#say();
  }

  close(number: 0 | 1 | 2): void {
    this.#thin.release(this.fd(number));
    this.#thin.closeTheirs(number);
  }

  /** What was said goes first, if somebody reads it. */
  exit(code: number): void {
    this.#code ??= code;
    this.#stderr.flush();
    this.abandon();
    this.#thin.exit(this.#code, this.#ended);
  }

  spawn(chain: CompiledChain, descriptors: ReadonlyMap<number, number>, tag: number, ears: ChildEars): void {
    // Its stderr goes along by itself.
    const others = [...descriptors].filter(([number, fd]) => number !== STDERR || fd !== this.#thin.stderr);
    this.#thin.children.start(chain, others, tag, ears);
  }

  /** They are another process's children: nobody is waited for here. */
  spawnAll(wishes: readonly ChildWish[]): void {
    for (const { chain, descriptors, tag, ears } of wishes) this.spawn(chain, descriptors, tag, ears);
  }

  kill(pid: number, signal: number): void {
    this.#thin.children.kill(pid, signal);
  }

  adopt(earsOf: (child: EarlierChild) => ChildEars): void {
    this.#thin.children.adopt(earsOf);
  }

  /** The daemon, as its host knows it. */
  served(loop: Served): Served {
    return {
      signal: (signal) => loop.signal(signal),
      abandon: () => {
        loop.abandon();
        this.abandon();
      },
    };
  }

  /** Nothing is called any more. Descriptors that the daemon watches itself are its own to let go. */
  abandon(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#stderr.close();
  }

  #say(): void {
    this.#stderr.flush();
  }
}
