import type { Death } from "../formats/death-tally.ts";
import { deathOf } from "../formats/death-tally.ts";
import { decodeRecord } from "./codec.ts";
import { talliedBefore } from "./projections/death-tally.ts";
import type { JournalFile } from "./journal-file.ts";

/** The last `count` deaths that went to the tally, oldest first. Reads backwards, and no further than it must. */
export function pastDeaths(file: JournalFile, id: number, count: number): Death[] {
  const deaths: Death[] = [];
  for (const { key: [owner], value } of file.descending("facts", [id, Number.POSITIVE_INFINITY])) {
    if (owner !== id) break;
    deaths.push(...talliedIn(value).reverse());
    if (deaths.length >= count) break;
  }
  return deaths.slice(0, count).reverse();
}

/** A damaged record costs one death. */
function talliedIn(bytes: Uint8Array): Death[] {
  try {
    const record = decodeRecord(bytes);
    if (record.kind === "checkpoint") return talliedBefore(record);
    const order = record.kind === "fact" ? record.effects.find((effect) => effect.type === "recordDeath") : undefined;
    return order === undefined ? [] : [deathOf(order.at, order.waitStatus)];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
