import { constants } from "node:fs";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, closeFd, openCreating, readFileAt, statAt, statFd, truncateFd } from "../sys/files.ts";
import { mapFile } from "../sys/memory.ts";
import { pidWorld } from "../sys/process-identity.ts";
import { Ledger, SLOT_BYTES } from "./ledger.ts";

/**
 * A ledger that outlives its process: memory that is a file. A kill -9 of the whole tree leaves it as it was at that
 * moment, and the next process that opens it knows which services run, under which pid, and in which state. Its head is
 * text: format, boot and pid namespace; a ledger of another boot, or of another container, is begun anew.
 */
export const LEDGER_VERSION = 1;
const HEAD = `s6-actors ledger ${LEDGER_VERSION}`;
/** In the head: pid of a process that is about to become another program, 0 = none. */
const SUCCESSOR_BYTE = 512;

/** How another thread comes to the same ledger. */
export type LedgerMemory = SharedArrayBuffer | { readonly fd: number; readonly bytes: number };

export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly memory: LedgerMemory;
  /** What this process left to itself when it became this program. */
  readonly bequest: Bequest | undefined;
}

export interface Bequest {
  readonly pid: number;
  /** The scanner's control FIFO, open. */
  readonly controlFd: number;
}

export const attachLedger = (memory: LedgerMemory): Ledger =>
  new Ledger(memory instanceof SharedArrayBuffer ? memory : mapFile(memory.fd, memory.bytes));

/**
 * Room for that many slots; those of a process that is dead are marked as orphans. Only whoever holds the lock of the
 * directory may call it. Without a file (full disk, read-only directory) it is a warning and memory of this process.
 */
export function openLedger(path: string, slots: number, warn: (text: string) => void): OpenedLedger {
  try {
    return openFile(path, slots);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warn(`${error.message}; services can't be taken over if this process is killed`);
    const ledger = new Ledger(slots);
    return { ledger, memory: ledger.buffer as SharedArrayBuffer, bequest: undefined };
  }
}

function openFile(path: string, slots: number): OpenedLedger {
  const head = `${HEAD}\n${pidWorld()}\n`;
  const fd = openCreating(AT_FDCWD, path, constants.O_RDWR, 0o600);
  try {
    const found = Buffer.from(readFileAt(AT_FDCWD, path, head.length) ?? []).toString("latin1");
    const size = statFd(fd)?.size ?? 0;
    const isInherited = found === head && size % SLOT_BYTES === 0;
    if (!isInherited) truncateFd(fd, 0);
    // Slots of directories that never come back stay theirs: they must not be missing for others.
    const taken = isInherited ? usedSlots(new Ledger(mapFile(fd, size))) : 0;
    const bytes = Math.max(bytesFor(slots, taken), isInherited ? size : 0);
    const ledger = new Ledger(mapFile(fd, bytes));
    const bequest = isInherited ? takeSuccession(ledger) : undefined;
    if (isInherited) orphanAll(ledger, bequest !== undefined);
    else Buffer.from(ledger.buffer).write(head, "latin1");
    return { ledger, memory: { fd, bytes }, bequest };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

const bytesFor = (slots: number, taken: number): number => (1 + slots + taken) * SLOT_BYTES;

const usedSlots = (ledger: Ledger): number =>
  Array.from({ length: ledger.slots }, (_, index) => ledger.slot(index)).filter((slot) => slot.get("used") === 1).length;

const successor = (ledger: Ledger): Int32Array => new Int32Array(ledger.buffer, SUCCESSOR_BYTE, 2);

/**
 * The next program must find this very ledger, and room for what it adds: without one it knows of no service that runs,
 * and starts them all a second time.
 *
 * @throws SystemError, Error
 */
export function requireLedgerFor({ ledger, memory }: Omit<OpenedLedger, "bequest">, path: string, slots: number): void {
  if (memory instanceof SharedArrayBuffer) throw new Error("the ledger is not on the disk, the services could not be taken over");
  const [own, found] = [statFd(memory.fd), statAt(AT_FDCWD, path)];
  if (own === undefined || own.dev !== found?.dev || own.ino !== found.ino) {
    throw new Error(`${path} is not the ledger any more, the services could not be taken over`);
  }
  mapFile(memory.fd, Math.max(memory.bytes, bytesFor(slots, usedSlots(ledger))));
}

/** This process is about to exec: whoever opens the ledger next under the same pid has its children and descriptors. */
export function announceSuccession(ledger: Ledger, { pid, controlFd }: Bequest): void {
  successor(ledger).set([pid, controlFd]);
}

/** Are we what our own process became? */
function takeSuccession(ledger: Ledger): Bequest | undefined {
  const [pid = 0, controlFd = -1] = successor(ledger);
  announceSuccession(ledger, { pid: 0, controlFd: -1 });
  return pid === process.pid ? { pid, controlFd } : undefined;
}

function orphanAll(ledger: Ledger, isHeir: boolean): void {
  for (let index = 0; index < ledger.slots; index++) {
    const slot = ledger.slot(index);
    if (slot.get("used") !== 1) continue;
    if (slot.loadSnapshot() === undefined) slot.release();
    else if (isHeir) slot.bequeath();
    else slot.orphan();
  }
}
