import { readTain, type Tain, writeTain } from "./tain.ts";

/**
 * supervise/status, 35 bytes (s6 2.11 to 2.12 and 2.14 to 2.15):
 * stamp 12 · readystamp 12 · pid 8 · wait status 2 · flags 1, all big-endian.
 * Releases 2.13.0 to 2.13.2 wrote 43 bytes with a process group id after the pid: read, never written.
 */
export interface ServiceStatus {
  /** Last change between up and down: spawn of run, or its death. */
  readonly changedAt: Tain;
  /** Last readiness, or last moment of being completely down. */
  readonly readyAt: Tain;
  /** run when up, finish while finishing, 0 when down. */
  readonly pid: number;
  /** Raw wait(2) status of the last dead run, low 16 bits; 0 if none died yet. */
  readonly waitStatus: number;
  readonly paused: boolean;
  readonly finishing: boolean;
  readonly wantedUp: boolean;
  readonly ready: boolean;
}

export const STATUS_SIZE = 35;
const STATUS_SIZE_2_13 = 43;
/** Bit 0 first. */
const FLAGS = ["paused", "finishing", "wantedUp", "ready"] as const;

export function encodeStatus(status: ServiceStatus): Uint8Array {
  const view = new DataView(new ArrayBuffer(STATUS_SIZE));
  writeTain(view, 0, status.changedAt);
  writeTain(view, 12, status.readyAt);
  view.setUint32(28, status.pid);
  view.setUint16(32, status.waitStatus & 0xffff);
  view.setUint8(34, FLAGS.reduce((byte, name, bit) => byte | (Number(status[name]) << bit), 0));
  return new Uint8Array(view.buffer);
}

/** undefined when the bytes are too few to be a status (the C readers report EPIPE then). */
export function decodeStatus(bytes: Uint8Array): ServiceStatus | undefined {
  if (bytes.byteLength < STATUS_SIZE) return undefined;
  const shift = bytes.byteLength >= STATUS_SIZE_2_13 ? STATUS_SIZE_2_13 - STATUS_SIZE : 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(34 + shift);
  const has = (name: (typeof FLAGS)[number]): boolean => (flags & (1 << FLAGS.indexOf(name))) !== 0;
  return {
    changedAt: readTain(view, 0),
    readyAt: readTain(view, 12),
    pid: view.getUint32(28),
    waitStatus: view.getUint16(32 + shift),
    paused: has("paused"),
    finishing: has("finishing"),
    wantedUp: has("wantedUp"),
    ready: has("ready"),
  };
}

/** "Up" as every reader of s6 understands it. */
export const isUp = (status: ServiceStatus): boolean => status.pid !== 0 && !status.finishing;

/** The signature that 2.13.2 and later leave before the first spawn. */
export const isNotStartedYet = (status: ServiceStatus): boolean =>
  status.pid === 0 && !status.finishing && status.paused;
