import type { Death } from "../formats/death-tally.ts";
import { deathOf } from "../formats/death-tally.ts";
import { decodeRecord } from "./codec.ts";
import type { Environment } from "./environment.ts";

/** The last `count` deaths that went to the tally, oldest first. Reads backwards, and no further than it must. */
export function pastDeaths({ facts }: Environment, id: number, count: number): Death[] {
  const deaths: Death[] = [];
  facts.resetReadTxn();
  for (const { value } of facts.getRange({ start: [id, Number.POSITIVE_INFINITY], end: [id], reverse: true })) {
    const tallied = orderIn(value);
    if (tallied !== undefined && deaths.push(tallied) === count) break;
  }
  return deaths.reverse();
}

/** A damaged record costs one death. */
function orderIn(bytes: Uint8Array): Death | undefined {
  try {
    const record = decodeRecord(bytes);
    const order = record.kind === "fact" ? record.effects.find((effect) => effect.type === "recordDeath") : undefined;
    return order === undefined ? undefined : deathOf(order.at, order.waitStatus);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
