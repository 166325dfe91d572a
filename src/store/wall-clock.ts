import { type Tain, tainFromUnix } from "../formats/tain.ts";

/** For records that no fact gives a stamp; milliseconds are enough, and the store needs no addon for them. */
export function wallClock(): Tain {
  const ms = Date.now();
  return tainFromUnix(Math.floor(ms / 1000), (ms % 1000) * 1e6);
}
