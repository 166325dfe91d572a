import { closeFd } from "../../sys/files.ts";
import { sendPacket } from "../../sys/packets.ts";
import type { Introduction } from "./introduction.ts";
import type { Papers } from "./papers.ts";

/** A thin process as its host sees it: whatever must outlive the host is given to it to keep. */
export class ThinProcess {
  readonly papers: Papers;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly cwd: number;
  readonly #connection: number;
  /** Its number → ours. */
  readonly #inherited: Map<number, number>;
  readonly #kept: Map<number, number>;
  readonly #open: Set<number>;
  #isGone = false;

  constructor(connection: number, papers: Papers, { stdio: [stdin, stdout, stderr], cwd, inherited, kept }: Introduction) {
    this.#connection = connection;
    this.papers = papers;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.cwd = cwd;
    this.#inherited = new Map(inherited);
    this.#kept = new Map(kept);
    this.#open = new Set([stdin, stdout, stderr, cwd, ...this.#inherited.values(), ...this.#kept.values()]);
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

  /** Everything that is open for it. */
  close(): void {
    this.#isGone = true;
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

  /** It keeps a copy of the descriptor, under a label. */
  keep(label: number, fd: number): void {
    this.#send("K", label, [fd]);
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
    const packet = Buffer.alloc(5);
    packet.write("C", "latin1");
    packet.writeInt32LE(number, 1);
    sendPacket(this.#connection, packet);
  }

  exit(code: number): void {
    this.#send("X", code);
  }

  #send(letter: string, value = 0, fds: readonly number[] = []): void {
    // One that is gone is noticed by its connection.
    sendPacket(this.#connection, Buffer.from([letter.charCodeAt(0), value]), fds);
  }
}
