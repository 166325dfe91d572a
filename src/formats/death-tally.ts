import { readTain, type Tain, writeTain } from "./tain.ts";
import { exitCode, termSignal, type WaitStatus } from "./wait-status.ts";

/** supervise/death_tally: records of 14 bytes, oldest first: stamp 12 · exit code 1 · signal 1. */
export interface Death {
  readonly at: Tain;
  /** Exit code, or 128 + signal. */
  readonly exitCode: number;
  /** 0 if the process exited by itself. */
  readonly signal: number;
}

export const DEATH_SIZE = 14;
/** S6_MAX_DEATH_TALLY: max-death-tally is clamped to it. */
export const MAX_DEATHS = 4096;
export const DEFAULT_MAX_DEATHS = 100;

export function deathOf(at: Tain, status: WaitStatus): Death {
  const signal = termSignal(status);
  return { at, exitCode: signal === 0 ? exitCode(status) : 128 + signal, signal };
}

export function encodeDeathTally(deaths: readonly Death[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(deaths.length * DEATH_SIZE));
  for (const [index, death] of deaths.entries()) writeDeath(view, index * DEATH_SIZE, death);
  return new Uint8Array(view.buffer);
}

function writeDeath(view: DataView, offset: number, { at, exitCode: code, signal }: Death): void {
  writeTain(view, offset, at);
  view.setUint8(offset + 12, code);
  view.setUint8(offset + 13, signal);
}

/** undefined when the size is not a multiple of a record: the file is corrupt, readers show an empty tally. */
export function decodeDeathTally(bytes: Uint8Array): Death[] | undefined {
  if (bytes.byteLength % DEATH_SIZE !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const deaths: Death[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += DEATH_SIZE) {
    deaths.push({
      at: readTain(view, offset),
      exitCode: view.getUint8(offset + 12),
      signal: view.getUint8(offset + 13),
    });
  }
  return deaths;
}

/**
 * The bytes of a tally after one more death, when at most `max` (≥ 1) are kept; undefined when `tally` is corrupt. The
 * records are not looked at: a service that dies often pays for this each time.
 */
export function withDeath(tally: Uint8Array, death: Death, max: number): Uint8Array | undefined {
  if (tally.byteLength % DEATH_SIZE !== 0) return undefined;
  const kept = tally.subarray(Math.max(0, tally.byteLength - (max - 1) * DEATH_SIZE));
  const bytes = new Uint8Array(kept.byteLength + DEATH_SIZE);
  bytes.set(kept);
  writeDeath(new DataView(bytes.buffer), kept.byteLength, death);
  return bytes;
}
