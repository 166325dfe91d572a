import { dateDigits, isFar, packDate, type PackedDate } from "../../formats/fdholder.ts";
import { type Tain, tainSecondsBetween } from "../../formats/tain.ts";
import { now } from "../../sys/clock.ts";

/** setTimeout's own limit: what is later is looked at once more then. */
const LONGEST_MS = 0x7fffffff;

/** Rings when the date has come that comes first, by the clock on the wall. */
export class Expiry {
  readonly #after: (ms: number, then: () => void) => () => void;
  readonly #ring: (now: PackedDate) => void;
  #awaited: PackedDate | undefined;
  #cancel: (() => void) | undefined;

  constructor(after: (ms: number, then: () => void) => () => void, ring: (now: PackedDate) => void) {
    this.#after = after;
    this.#ring = ring;
  }

  /** undefined, or so far away that nobody waits for it: none. */
  await(soonest: PackedDate | undefined): void {
    if (soonest === this.#awaited || (this.#awaited === undefined && (soonest === undefined || isFar(soonest)))) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#awaited = soonest === undefined || isFar(soonest) ? undefined : soonest;
    if (this.#awaited === undefined) return;
    const ms = Math.ceil(1000 * tainSecondsBetween(now().at, dateDigits(this.#awaited) as Tain));
    this.#cancel = this.#after(Math.min(Math.max(ms, 1), LONGEST_MS), () => {
      this.#awaited = undefined;
      this.#ring(today());
    });
  }

  /** Before anybody is told what is held: the clock may have been set. */
  look(): void {
    if (this.#awaited !== undefined) this.#ring(today());
  }
}

const today = (): PackedDate => packDate(now().at);
