import { monotonicMs } from "../../sys/clock.ts";
import { Waiter } from "../../sys/waiter.ts";
import type { Watcher } from "../watcher.ts";

interface Alarm {
  /** Monotonic. */
  readonly atMs: number;
  readonly ring: () => void;
}

const FIRST = -1;
/** After so many rounds Node gets a turn, for what it has put off: what it collected is given back then. */
const ROUNDS = 1000;
const LONGEST_MS = 0x7fffffff;

/**
 * For a daemon that has its process to itself: it blocks in epoll_wait, and no event loop comes between what is ready and
 * whoever waits for it. Nothing but these descriptors and alarms is heard of while it runs.
 */
export class WaitingLoop implements Watcher {
  readonly #waiter = new Waiter();
  readonly #ready = new Map<number, () => void>();
  /** The next one comes last. */
  readonly #alarms: Alarm[] = [];

  watch(fd: number, events: number, ready: () => void): void {
    this.#waiter.add(fd, fd, events);
    this.#ready.set(fd, ready);
  }

  /** Before all others of a round; one, for good. */
  watchFirst(fd: number, ready: () => void): void {
    this.#waiter.add(fd, FIRST);
    this.#ready.set(FIRST, ready);
  }

  unwatch(fd: number): void {
    this.#waiter.remove(fd);
    this.#ready.delete(fd);
  }

  /** Answers how to have it not. */
  after(ms: number, then: () => void): () => void {
    const alarm: Alarm = { atMs: monotonicMs() + ms, ring: then };
    const later = this.#alarms.findLastIndex(({ atMs }) => atMs > alarm.atMs);
    this.#alarms.splice(later + 1, 0, alarm);
    return () => {
      const index = this.#alarms.indexOf(alarm);
      if (index >= 0) this.#alarms.splice(index, 1);
    };
  }

  /** For as long as the process lives. */
  run(): void {
    for (let round = 0; round < ROUNDS; round++) this.#round();
    setImmediate(() => this.run());
  }

  #round(): void {
    const count = this.#waiter.wait(this.#patience());
    const { tokens } = this.#waiter;
    for (let index = 0; index < count; index++) this.#ready.get(tokens[index] ?? FIRST)?.();
    if (this.#alarms.length > 0) this.#ring();
  }

  /** Rounded up: an early end would be for nothing. */
  #patience(): number {
    const next = this.#alarms.at(-1);
    return next === undefined ? -1 : Math.min(Math.max(0, Math.ceil(next.atMs - monotonicMs())), LONGEST_MS);
  }

  #ring(): void {
    const now = monotonicMs();
    for (let next = this.#alarms.at(-1); next !== undefined && next.atMs <= now; next = this.#alarms.at(-1)) {
      this.#alarms.pop();
      next.ring();
    }
  }
}
