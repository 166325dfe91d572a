import { civilTime } from "../../sys/civil-time.ts";
import { formatTain, type Tain } from "../../formats/tain.ts";

/** What goes before a line. */
export function decorationAt(at: Tain, { tai64n, iso, prefix }: { readonly tai64n: boolean; readonly iso: boolean; readonly prefix: string }): Uint8Array {
  const parts = [tai64n ? `${formatTain(at)} ` : "", iso ? `${civilTime(at) ?? ""}  ` : "", prefix === "" ? "" : `${prefix} `];
  return Buffer.from(parts.join(""));
}
