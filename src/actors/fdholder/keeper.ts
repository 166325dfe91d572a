import type { PackedDate } from "../../formats/fdholder.ts";

/** Who keeps count of what is held, so that it can be there for a successor. */
export interface Keeper {
  /** `token` is its name; the descriptor is open until dropped() of that. */
  kept(token: number, fd: number, id: string, expiry: PackedDate): void;
  dropped(token: number): void;
}

/** What a predecessor has left. */
export interface Kept {
  readonly fd: number;
  readonly id: string;
  readonly date: PackedDate;
}

/** In a process of its own, nobody comes after it. */
export const NO_KEEPER: Keeper = { kept: () => undefined, dropped: () => undefined };
