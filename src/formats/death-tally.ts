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
  for (const [index, death] of deaths.entries()) {
    writeTain(view, index * DEATH_SIZE, death.at);
    view.setUint8(index * DEATH_SIZE + 12, death.exitCode);
    view.setUint8(index * DEATH_SIZE + 13, death.signal);
  }
  return new Uint8Array(view.buffer);
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

/** The tally after one more death, when at most `max` (≥ 1) are kept. */
export const withDeath = (tally: readonly Death[], death: Death, max: number): Death[] =>
  [...(max > 1 ? tally.slice(-(max - 1)) : []), death];
