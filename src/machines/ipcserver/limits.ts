/** How many s6-ipcserverd serves at once, and what it says of it (s6 documentation, s6-ipcserverd). */

export interface Limits {
  /** 0: what is wrong for good; 1: warnings; 2: every connection. */
  readonly verbosity: number;
  /** Whether it asks who the client is. */
  readonly asksWho: boolean;
  /** Connections at once, of all clients. */
  readonly most: number;
  /** Of one user. */
  readonly mostOfUser: number;
}

/** Since 2.12. */
export const MOST_EVER = 16_384;

/** As options say: there is room for one at least, and nobody has more of it than there is. */
export function limitsOf({ most, mostOfUser, asksWho, verbosity }: Limits): Limits {
  const real = Math.min(Math.max(most, 1), MOST_EVER);
  return { verbosity, asksWho, most: real, mostOfUser: asksWho ? Math.min(mostOfUser, real) : real };
}
