import { parseUintPrefix } from "./uint-prefix.ts";

/** Who a symbolic mode speaks of, and where their bits are. */
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const RIGHTS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1, X: 1, s: 0, t: 0 };
const CLASSES = ["u", "g", "o"] as const;

/** execline-umask: the octal digits that the text begins with; undefined if there is none. */
export function parseUmaskPrefix(text: string): number | undefined {
  const value = parseUintPrefix(text, 8);
  return value === undefined ? undefined : value & 0o777;
}

/**
 * posix-umask: an octal number, or a symbolic mode that changes what `mask` allows (execline documentation, posix-umask;
 * POSIX, chmod). X is x, s and t are nothing. undefined: it is neither. C's passes over a clause like "o=", that takes
 * all rights away: ours does what it says.
 */
export function parseUmask(text: string, mask: number): number | undefined {
  if (/^[0-7]+$/.test(text)) {
    const value = Number.parseInt(text, 8);
    return value < 2 ** 32 ? value & 0o777 : undefined;
  }
  let allowed = ~mask & 0o777;
  const clauses = text.split(",");
  for (const [index, clause] of clauses.entries()) {
    const changed = changedBy(clause, allowed);
    // Nothing is to be done for somebody: that is forgiven at the end only.
    if (changed === undefined || (/^[ugoa]+$/.test(clause) && index < clauses.length - 1)) return undefined;
    allowed = changed;
  }
  return ~allowed & 0o777;
}

function changedBy(clause: string, allowed: number): number | undefined {
  const parsed = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))*)$/.exec(clause);
  if (parsed === null) return undefined;
  const [, who = "", actions = ""] = parsed;
  const classes = who === "" || who.includes("a") ? CLASSES : CLASSES.filter((name) => who.includes(name));
  let now = allowed;
  // Whose rights are copied is not said first where nobody is named.
  if (who === "" && /^.[ugo]/.test(actions)) return undefined;
  for (const [, operator = "", rights = ""] of actions.matchAll(/([-+=])([^-+=]*)/g)) {
    const copied = SHIFTS[rights];
    const bits = copied === undefined ? bitsOf(rights) : (now >> copied) & 7;
    for (const name of classes) now = applied(now, operator, bits, SHIFTS[name] ?? 0);
  }
  return now;
}

const bitsOf = (rights: string): number => [...rights].reduce((bits, right) => bits | (RIGHTS[right] ?? 0), 0);

function applied(allowed: number, operator: string, bits: number, shift: number): number {
  switch (operator) {
    case "+": return allowed | (bits << shift);
    case "-": return allowed & ~(bits << shift);
    default: return (allowed & ~(7 << shift)) | (bits << shift);
  }
}

/** `0022` */
export const umaskText = (mask: number): string => mask.toString(8).padStart(4, "0");

/** `u=rwx,g=rx,o=rx`: what the mask allows. */
export function umaskSymbols(mask: number): string {
  return CLASSES.map((name) => {
    const allowed = ~mask >> (SHIFTS[name] ?? 0);
    return `${name}=${[..."rwx"].filter((right) => allowed & (RIGHTS[right] ?? 0)).join("")}`;
  }).join(",");
}
