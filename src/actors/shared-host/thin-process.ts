import { closeFd } from "../../sys/files.ts";
import type { Watcher } from "../watcher.ts";
import type { Introduction } from "./introduction.ts";
import { plainOrder } from "./orders.ts";
import { Outbox } from "./outbox.ts";
import type { Papers } from "./papers.ts";
import { ThinChildren } from "./thin-children.ts";

/** What it is to keep must not be lost with us: it is waited for a little, if it is behind. */
const PATIENCE_MS = 100;

/** A thin process as its host sees it: whatever must outlive the host is given to it to keep. */
export class ThinProcess {
  readonly papers: Papers;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly cwd: number;
  readonly children: ThinChildren;
  /** A host has begun its work: we go on. */
  readonly wasTaken: boolean;
  readonly #outbox: Outbox;
  /** Its number → ours. */
  readonly #inherited: ReadonlyMap<number, number>;
  readonly #kept: ReadonlyMap<number, number>;
  readonly #open: Set<number>;
  #isGone = false;

  constructor(connection: number, watcher: Watcher, papers: Papers, { stdio: [stdin, stdout, stderr], cwd, inherited, kept, children, wasTaken }: Introduction) {
    this.#outbox = new Outbox(connection, watcher);
    this.papers = papers;
    this.wasTaken = wasTaken;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.cwd = cwd;
    this.children = new ThinChildren((packet, fds) => this.#outbox.send(packet, fds), children);
    this.#inherited = inherited;
    this.#kept = kept;
    this.#open = new Set([stdin, stdout, stderr, cwd, ...inherited.values(), ...kept.values()]);
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** One that belongs to it from now on. */
  own(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  /** Closes one of those. */
  release(fd: number): void {
    if (this.#open.delete(fd)) closeFd(fd);
  }

  /** One of those is the caller's from now on. */
  give(fd: number): number {
    this.#open.delete(fd);
    return fd;
  }

  /** It has not been told everything yet. */
  get isBehind(): boolean {
    return this.#outbox.isBehind;
  }

  /** Everything that is open for it. */
  close(): void {
    this.#isGone = true;
    this.#outbox.close();
    for (const fd of this.#open) closeFd(fd);
    this.#open.clear();
  }

  /** Numbers ≥ 3 that it was born with. */
  get inherited(): readonly number[] {
    return [...this.#inherited.keys()];
  }

  /** Our descriptor for a number that it was born with. */
  inheritedFd(number: number): number | undefined {
    return this.#inherited.get(number);
  }

  /** All that it was born with, but one, stay with it alone. */
  releaseInherited(except: number | undefined): void {
    for (const [number, fd] of this.#inherited) if (number !== except) this.release(fd);
  }

  /** What an earlier host had given to it. */
  kept(label: number): number | undefined {
    return this.#kept.get(label);
  }

  /** Their labels. */
  get keptLabels(): readonly number[] {
    return [...this.#kept.keys()];
  }

  /** It keeps copies of the descriptors, from a label on, all of them or none. The lowest labels are best. At most 16. */
  keep(label: number, ...fds: readonly number[]): void {
    this.#outbox.send(plainOrder("K", label), fds, PATIENCE_MS);
  }

  /** From now on it looks for another host when this one dies. */
  take(): void {
    this.#send("T");
  }

  /** It has to run by itself. */
  refuse(): void {
    this.#send("N");
  }

  heard(signal: number): void {
    this.#send("A", signal);
  }

  /** Its own descriptor leads nowhere from now on. */
  closeTheirs(number: number): void {
    this.#send("C", number);
  }

  /** It lets go of what it keeps there. */
  drop(label: number): void {
    this.#send("D", label);
  }

  /** `told`: it knows. */
  exit(code: number, told: () => void = () => undefined): void {
    this.#send("X", code);
    this.#outbox.whenEmpty(told);
  }

  #send(letter: string, value = 0, fds: readonly number[] = []): void {
    this.#outbox.send(plainOrder(letter, value), fds);
  }
}
