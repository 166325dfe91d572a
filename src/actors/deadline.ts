import { now } from "../sys/clock.ts";

/** The one timer of a service, on the monotonic clock. */
export class Deadline {
  readonly #reached: () => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  static readonly #LONGEST_MS = 0x7fffffff;

  constructor(reached: () => void) {
    this.#reached = reached;
  }

  /** `atMs` on the clock of facts; null disarms. */
  set(atMs: number | null): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    if (atMs === null) return;
    const waitMs = atMs - now().ms;
    if (waitMs <= 0) {
      this.#immediate = setImmediate(this.#reached);
      return;
    }
    // Node's timers may fire a fraction early: look again rather than tell the machine a time that is not there yet.
    this.#timer = setTimeout(
      () => (now().ms >= atMs ? this.#reached() : this.set(atMs)),
      Math.min(Math.ceil(waitMs), Deadline.#LONGEST_MS),
    );
  }
}
