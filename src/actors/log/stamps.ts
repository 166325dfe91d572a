import { formatTain, type Tain, tainToUnix } from "../../formats/tain.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-20 20:28:30.318429613`, local time (s6 documentation, s6-log, directive T). */
export function isoOf(at: Tain): string {
  const date = new Date(Math.floor(tainToUnix(at)) * 1000);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(Number.parseInt(at.slice(16), 16)).padStart(9, "0")}`;
}

/** What goes before a line. */
export function decorationAt(at: Tain, { tai64n, iso, prefix }: { readonly tai64n: boolean; readonly iso: boolean; readonly prefix: string }): Uint8Array {
  const parts = [tai64n ? `${formatTain(at)} ` : "", iso ? `${isoOf(at)}  ` : "", prefix === "" ? "" : `${prefix} `];
  return Buffer.from(parts.join(""));
}
