/**
 * What s6-svwait and its relatives conclude from a status file and the letters that follow it (s6 documentation,
 * s6-svwait). Pure: the reading is await-services.ts's.
 */

/** `ready: false` means that readiness does not matter. */
export interface Wanted {
  readonly up: boolean;
  readonly ready: boolean;
}

/** What is known about one service. */
export interface Seen {
  readonly up: boolean;
  readonly ready: boolean;
}

/** A state to reach, by all services or by any one of them. */
export interface Phase {
  readonly wanted: Wanted;
  readonly any: boolean;
}

/** The options of s6-svwait, and the letters that follow `s6-svc -w`. */
export const AWAITED = {
  u: { restart: false, wanted: { up: true, ready: false }, help: "up" },
  U: { restart: false, wanted: { up: true, ready: true }, help: "up and ready" },
  d: { restart: false, wanted: { up: false, ready: false }, help: "down: ./run is dead" },
  D: { restart: false, wanted: { up: false, ready: true }, help: "completely down: ./finish has ended too" },
  r: { restart: true, wanted: { up: true, ready: false }, help: "down, then up" },
  R: { restart: true, wanted: { up: true, ready: true }, help: "down, then up and ready" },
} as const satisfies Record<string, { restart: boolean; wanted: Wanted; help: string }>;
export type Awaited = keyof typeof AWAITED;

export const isAwaited = (text: string): text is Awaited => Object.hasOwn(AWAITED, text);

/**
 * The states to go through for one option. A restart first wants everything down; `completely`, for the programs that
 * start the change themselves: down with ./finish ended, so that an old ./finish is not taken for the new death.
 */
export function phasesOf(awaited: Awaited, any: boolean, completely: boolean): Phase[] {
  const { restart, wanted } = AWAITED[awaited];
  const last = { wanted, any };
  return restart ? [{ wanted: { up: false, ready: completely }, any: false }, last] : [last];
}

export function isReached({ wanted, any }: Phase, services: readonly Seen[]): boolean {
  const suits = ({ up, ready }: Seen): boolean => up === wanted.up && (ready || !wanted.ready);
  return any ? services.some(suits) : services.every(suits);
}

/**
 * One letter of event/. A service that cannot get there any more counts as one failure and is taken for arrived, so
 * that the others are still waited for. `x` compares the ready bit even where it does not matter: a service that was
 * wanted down and is completely down when its supervisor leaves counts as failed, as in C, on whose exit codes
 * scripts rely.
 */
export function hear(seen: Seen, letter: string, wanted: Wanted): { readonly seen: Seen; readonly failed: boolean } {
  switch (letter) {
    case "u": return { seen: { up: true, ready: false }, failed: false };
    case "U": return { seen: { up: true, ready: true }, failed: false };
    case "d": return { seen: { up: false, ready: false }, failed: false };
    case "D": return { seen: { up: false, ready: true }, failed: false };
    case "O": return wanted.up ? { seen: wanted, failed: true } : { seen, failed: false };
    case "x": return { seen: wanted, failed: seen.up !== wanted.up || seen.ready !== wanted.ready };
    default: return { seen, failed: false };
  }
}
