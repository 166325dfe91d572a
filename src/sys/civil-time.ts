import { type Tain, tainToUnixSeconds } from "../formats/tain.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/**
 * `2026-11-20 20:28:30.318429613`, local time or UTC (s6 documentation, s6-log directive T and s6-tai64nlocal). A leap second is
 * second 60. undefined for what is before 1970, or later than a Date can be.
 */
export function civilTime(at: Tain, isUtc = false): string | undefined {
  const { seconds, isLeap } = tainToUnixSeconds(at);
  const date = new Date(seconds * 1000);
  if (seconds < 0 || Number.isNaN(date.getTime())) return undefined;
  const [year, month, day, hours, minutes, plain] = isUtc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  const nanoseconds = String(Number.parseInt(at.slice(16), 16)).padStart(9, "0");
  return `${year}-${two(month + 1)}-${two(day)} ${two(hours)}:${two(minutes)}:${two(plain + (isLeap ? 1 : 0))}.${nanoseconds}`;
}
