import { type DumpEntry, nextDate, type PackedDate } from "../../formats/fdholder.ts";

/** A descriptor that the holder answers for, until a `release` names it. */
export interface Held extends DumpEntry {
  readonly fd: number;
  /** Its name for others, never given twice. */
  readonly token: number;
  /** It can be retrieved. */
  isListed: boolean;
  /** Messages that carry it and have not gone yet. */
  loans: number;
}

/** The descriptors that can be retrieved: by id, and in the order of their dates. */
export class HeldTable {
  readonly #byId = new Map<string, Held>();
  /** Ascending; what is stored for ever, as most is, comes last and costs nothing to put there. */
  readonly #byDate: Held[] = [];
  #tokens = 0;

  get size(): number {
    return this.#byDate.length;
  }

  /** In the order in which they came. */
  all(): IterableIterator<Held> {
    return this.#byId.values();
  }

  get(id: string): Held | undefined {
    return this.#byId.get(id);
  }

  /** The date that comes first. */
  get soonest(): PackedDate | undefined {
    return this.#byDate[0]?.date;
  }

  /** The first whose date has come. */
  due(now: PackedDate): Held | undefined {
    const [first] = this.#byDate;
    return first !== undefined && first.date <= now ? first : undefined;
  }

  /** Under an id that is free. */
  add(fd: number, { id, date }: DumpEntry): Held {
    const held: Held = { fd, id, date, token: ++this.#tokens, isListed: true, loans: 0 };
    this.#byId.set(id, held);
    this.#byDate.splice(this.#lowerBound(date), 0, held);
    return held;
  }

  remove(held: Held): void {
    held.isListed = false;
    this.#byId.delete(held.id);
    this.#byDate.splice(this.#byDate.indexOf(held, this.#lowerBound(held.date)), 1);
  }

  /** This date, or the first one after it, by nanoseconds, that no other has. */
  freeDate(date: PackedDate): PackedDate {
    let free = date;
    for (let at = this.#lowerBound(date); this.#byDate[at]?.date === free; at = this.#lowerBound(free, at)) free = nextDate(free);
    return free;
  }

  /** Where the first is whose date is not before that one. */
  #lowerBound(date: PackedDate, from = 0): number {
    const last = this.#byDate.at(-1);
    if (last === undefined || last.date < date) return this.#byDate.length;
    let [low, high] = [from, this.#byDate.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#byDate[middle]?.date ?? date) < date) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
