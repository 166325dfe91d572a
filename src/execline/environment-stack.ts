import { parseUint } from "../formats/uint.ts";

export interface Variables {
  names(): Iterable<string>;
  get(name: string): string | undefined;
  /** undefined removes it. */
  set(name: string, value: string | undefined): void;
}

/** The test is one of the first character alone. */
export const isPositional = (name: string): boolean => /^[0-9#]/.test(name);
export const isElgetopt = (name: string): boolean => name.startsWith("ELGETOPT_");
/** What execline itself uses, and emptyenv -c removes. */
export const isOwn = (name: string): boolean => /^(?:[!?#]|[0-9]+|FD[0-9]+|EXECLINE_STRICT)$/.test(name) || isElgetopt(name);

/** One level down (execline documentation, execlineb): NAME is NAME:1 afterwards, NAME:k is NAME:k+1. */
export const push = (variables: Variables, owns: (name: string) => boolean): void =>
  renumber(variables, owns, ({ base, depth }) => `${base}:${(depth + 1) % UINT_SIZE}`);

/** Back (execline documentation, emptyenv and runblock): NAME is gone, NAME:1 is NAME, NAME:k is NAME:k-1. */
export const pop = (variables: Variables, owns: (name: string) => boolean): void =>
  renumber(variables, owns, ({ name, base, depth }) => {
    if (depth > 1) return `${base}:${depth - 1}`;
    if (depth === 1) return base;
    // Nobody pushes a NAME:0: it stays where it is.
    return name === base ? undefined : name;
  });

const UINT_SIZE = 2 ** 32;

interface Place {
  readonly name: string;
  readonly base: string;
  /** 0: the variable itself. */
  readonly depth: number;
}

/** All names leave before the first arrives. Where two arrive at one name (`1:01`, `1:1`), the first is what C's programs see. */
function renumber(variables: Variables, owns: (name: string) => boolean, renamed: (place: Place) => string | undefined): void {
  const arrivals = new Map<string, string>();
  for (const name of [...variables.names()]) {
    const place = owns(name) ? placeOf(name) : undefined;
    const value = variables.get(name);
    if (place === undefined || value === undefined) continue;
    variables.set(name, undefined);
    const target = renamed(place);
    if (target !== undefined && !arrivals.has(target)) arrivals.set(target, value);
  }
  for (const [name, value] of arrivals) variables.set(name, value);
}

/** undefined: behind its first colon is no number, so it is on no stack. (Of an empty number C makes whatever its memory holds.) */
function placeOf(name: string): Place | undefined {
  const colon = name.indexOf(":");
  if (colon < 0) return { name, base: name, depth: 0 };
  const depth = parseUint(name.slice(colon + 1));
  return depth === undefined ? undefined : { name, base: name.slice(0, colon), depth };
}
