import { type Tain, tainFromUnix } from "../formats/tain.ts";
import { addon } from "./addon.ts";

/** Both clocks at one moment: the real one for what is written down, the monotonic one for delays. */
export interface Moment {
  readonly at: Tain;
  /** Monotonic milliseconds with a fraction. */
  readonly ms: number;
}

const reading = new Float64Array(3);

export function now(): Moment {
  addon.clock(reading);
  const [seconds = 0, nanoseconds = 0, ms = 0] = reading;
  return { at: tainFromUnix(seconds, nanoseconds), ms };
}

export const monotonicMs = (): number => now().ms;
