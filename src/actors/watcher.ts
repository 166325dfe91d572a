import { Poller } from "../sys/poller.ts";

/** Who tells when a descriptor is ready: a level, not an edge. */
export interface Watcher {
  watch(fd: number, events: number, ready: () => void): void;
  /** Before the descriptor is closed. */
  unwatch(fd: number): void;
}

const FIRST = -1;

/** The poll set of this thread, where each descriptor has a function of its own. */
export class ThreadWatcher implements Watcher {
  readonly #ready = new Map<number, () => void>();
  readonly #poller: Poller;

  /** `lingerMs`: how long a round waits for the next one before this thread's event loop goes on. */
  constructor(lingerMs = 0) {
    this.#poller = new Poller((token) => this.#ready.get(token)?.(), lingerMs);
  }

  watch(fd: number, events: number, ready: () => void): void {
    this.#poller.add(fd, fd, events);
    this.#ready.set(fd, ready);
  }

  /** Before all others of a round; one, for good. */
  watchFirst(fd: number, ready: () => void): void {
    this.#poller.add(fd, FIRST);
    this.#ready.set(FIRST, ready);
  }

  unwatch(fd: number): void {
    this.#poller.remove(fd);
    this.#ready.delete(fd);
  }

  close(): void {
    this.#poller.close();
  }
}
