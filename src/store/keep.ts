import { parseDuration } from "../formats/duration.ts";
import { parseUint } from "../formats/uint.ts";

/** How much history is kept. A limit that is not set does not limit. */
export interface Keep {
  /** Records older than so many seconds go. */
  readonly age?: number;
  /** Newest records kept of each service. */
  readonly records?: number;
  /** Bytes of the whole journal. */
  readonly size?: number;
}

/** Below .s6-svscan: limits that may be changed while the tree runs. */
export const KEEP_FILE = "keep";
/** Some 200,000 records: 40,000 restarts. A scan directory often lies in memory. */
export const DEFAULT_KEEP: Keep = { size: 64 * 2 ** 20 };
/** Of a supervisor that belongs to no tree. */
export const DEFAULT_KEEP_ALONE: Keep = { size: 8 * 2 ** 20 };

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** Fewer, and a history would not even tell of the last restart. */
const RECORDS_LEAST = 10;
/** An empty journal takes a few pages for each of its databases, and one for each service. */
const SIZE_LEAST = 2 ** 20;

/**
 * `age=30d,records=10000,size=64M`, in any order, with commas or white space between; a later word replaces an earlier
 * one, and `none` as a value takes a limit away. @throws SyntaxError that says which word is wrong
 */
export function parseKeep(text: string, base: Keep = {}): Keep {
  const keep: { -readonly [Name in keyof Keep]: number | undefined } = { ...base };
  for (const word of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const [name = "", value = ""] = word.split("=", 2);
    if (name !== "age" && name !== "records" && name !== "size") throw new SyntaxError(`unknown limit: ${word}`);
    if (value === "none") {
      keep[name] = undefined;
      continue;
    }
    const limit = name === "age" ? parseDuration(value) : name === "size" ? parseSize(value) : parseUint(value);
    if (limit === undefined) throw new SyntaxError(`invalid limit: ${word}`);
    if (name === "records" && limit < RECORDS_LEAST) throw new SyntaxError(`less than ${RECORDS_LEAST} records can't be kept: ${word}`);
    if (name === "size" && limit < SIZE_LEAST) throw new SyntaxError(`less than 1M is no journal: ${word}`);
    keep[name] = limit;
  }
  const set = Object.entries(keep).filter(([, limit]) => limit !== undefined);
  return Object.fromEntries(set);
}

function parseSize(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^([0-9]+)([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  const count = parseUint(digits);
  return count === undefined ? undefined : count * (UNITS[unit.toLowerCase()] ?? 1);
}

export const formatKeep = ({ age, records, size }: Keep): string =>
  [
    age === undefined ? "" : `age=${age}s`,
    records === undefined ? "" : `records=${records}`,
    size === undefined ? "" : `size=${size}`,
  ].filter((word) => word !== "").join(",");
