import { addon } from "./addon.ts";
import { check } from "./errors.ts";
import { readFd } from "./files.ts";

const CHUNK = 256;

/**
 * From now on these signals of the process only make the descriptor readable, whichever thread they hit. Process-wide:
 * a second call adds signals and answers the same descriptor, which is not to be closed.
 */
export const trapSignals = (signals: readonly number[]): number =>
  check(addon.trapSignals(Int32Array.from(signals)), "sigaction");

/** Back to what they do by default. */
export const untrapSignals = (signals: readonly number[]): void =>
  void check(addon.untrapSignals(Int32Array.from(signals)), "sigaction");

/** The signals that have come since the last call, in order. */
export function readSignals(fd: number): number[] {
  const signals: number[] = [];
  const bytes = new Uint8Array(CHUNK);
  for (;;) {
    const count = readFd(fd, bytes);
    if (count === "again" || count === 0) return signals;
    signals.push(...bytes.subarray(0, count));
  }
}
