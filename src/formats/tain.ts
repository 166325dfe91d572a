/**
 * TAI64N stamps (s6 documentation, libs6 and skalibs tai).
 *
 * A stamp is kept as its 24 lower-case hexadecimal digits: it sorts as text, prints as it is, and survives
 * JSON, msgpack and structured clone. The packed form on disk is the same 12 bytes in binary.
 */
export type Tain = string & { readonly __brand: "Tain" };

export const TAIN_SIZE = 12;
export const isTain = (text: string): text is Tain => text.length === 2 * TAIN_SIZE && /^[0-9a-f]{24}$/.test(text);
const TAI_BASE = 2n ** 62n;
const TAI_EPOCH_OFFSET = 10;
/** Label of Unix second 0, without the leap seconds: its high 32 bits never change before the year 2106. */
const LABEL_HIGH = 0x40000000;

/** Unix seconds at which one leap second more has been inserted (1972-07-01 … 2017-01-01). */
const LEAPS: readonly number[] = [
  78796800, 94694400, 126230400, 157766400, 189302400, 220924800, 252460800, 283996800, 315532800, 362793600, 394329600,
  425865600, 489024000, 567993600, 631152000, 662688000, 709948800, 741484800, 773020800, 820454400, 867715200,
  915148800, 1136073600, 1230768000, 1341100800, 1435708800, 1483228800,
];
const LAST_LEAP = LEAPS[LEAPS.length - 1] ?? 0;

function leapsBefore(unixSeconds: number): number {
  if (unixSeconds >= LAST_LEAP) return LEAPS.length;
  let count = 0;
  for (const leap of LEAPS) if (unixSeconds >= leap) count++;
  return count;
}

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

/** The stamp of a Unix (UTC) instant, `seconds` ≥ 0 and `nanoseconds` below 1e9. */
export function tainFromUnix(seconds: number, nanoseconds: number): Tain {
  const label = seconds + TAI_EPOCH_OFFSET + leapsBefore(seconds);
  const high = LABEL_HIGH + Math.floor(label / 2 ** 32);
  return (hex8(high) + hex8(label % 2 ** 32) + hex8(nanoseconds)) as Tain;
}

/** Unix time in seconds with a fraction; good for durations and display, not for round trips. */
export function tainToUnix(stamp: Tain): number {
  const { seconds, isLeap } = tainToUnixSeconds(stamp);
  return seconds + (isLeap ? 1 : 0) + Number.parseInt(stamp.slice(16), 16) / 1e9;
}

/** Whole seconds; a leap second has those of the second before it. */
export function tainToUnixSeconds(stamp: Tain): { readonly seconds: number; readonly isLeap: boolean } {
  const tai = Number(BigInt(`0x${stamp.slice(0, 16)}`) - TAI_BASE) - TAI_EPOCH_OFFSET;
  if (tai > LAST_LEAP + LEAPS.length) return { seconds: tai - LEAPS.length, isLeap: false };
  const before = LEAPS.filter((leap, index) => leap + index < tai).length;
  const isLeap = LEAPS.some((leap, index) => leap + index === tai);
  return { seconds: tai - before - (isLeap ? 1 : 0), isLeap };
}

/** Whole and fractional seconds from `from` to `to`, negative when `to` is earlier. */
export function tainSecondsBetween(from: Tain, to: Tain): number {
  const whole = Number(BigInt(`0x${to.slice(0, 16)}`) - BigInt(`0x${from.slice(0, 16)}`));
  const nano = Number.parseInt(to.slice(16), 16) - Number.parseInt(from.slice(16), 16);
  return whole + nano / 1e9;
}

/** So many whole seconds earlier. */
export const tainBefore = (stamp: Tain, seconds: number): Tain =>
  ((BigInt(`0x${stamp.slice(0, 16)}`) - BigInt(seconds)).toString(16).padStart(16, "0") + stamp.slice(16)) as Tain;

/** `@` and 24 digits, as s6-svdt and s6-svstat print it. */
export const formatTain = (stamp: Tain): string => `@${stamp}`;

/** Reads `@` + 24 digits of either case; undefined when the text is anything else. */
export function parseTain(text: string): Tain | undefined {
  return /^@[0-9a-fA-F]{24}$/.test(text) ? (text.slice(1).toLowerCase() as Tain) : undefined;
}

export function writeTain(view: DataView, offset: number, stamp: Tain): void {
  view.setUint32(offset, Number.parseInt(stamp.slice(0, 8), 16));
  view.setUint32(offset + 4, Number.parseInt(stamp.slice(8, 16), 16));
  view.setUint32(offset + 8, Number.parseInt(stamp.slice(16), 16));
}

export function readTain(view: DataView, offset: number): Tain {
  return (hex8(view.getUint32(offset)) + hex8(view.getUint32(offset + 4)) + hex8(view.getUint32(offset + 8))) as Tain;
}
