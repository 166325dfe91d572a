import { parseDuration } from "../formats/duration.ts";
import { parseTain, type Tain, tainFromUnix } from "../formats/tain.ts";

/**
 * A moment as people give it: a TAI64N stamp with its `@`, an ISO 8601 date or date and time (local without a zone), or
 * how long ago: `90s`, `2h`, `1d12h`. undefined when the text is none of these, or before 1970.
 */
export function parseMoment(text: string, nowSeconds: number): Tain | undefined {
  if (text.startsWith("@")) return parseTain(text);
  const ago = parseDuration(text);
  const seconds = ago === undefined ? parseDate(text) : Math.max(0, nowSeconds - ago);
  if (seconds === undefined || seconds < 0) return undefined;
  const whole = Math.floor(seconds);
  return tainFromUnix(whole, Math.floor((seconds - whole) * 1e9));
}

function parseDate(text: string): number | undefined {
  const [, year, month, day, hours = "00"] = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  if (year === undefined || Number(hours) > 23) return undefined;
  // Date would make the 2nd of March of the 30th of February.
  if (new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day)) return undefined;
  // A date alone would be midnight in Greenwich.
  const ms = Date.parse(text.length === 10 ? `${text}T00:00:00` : text.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
