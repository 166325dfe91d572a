import { type Tain, tainFromUnix, tainToUnix } from "../formats/tain.ts";
import { Checkpoint } from "./checkpoint.ts";
import { decodeRecord, encodeRecord } from "./codec.ts";
import { asOwner, commit, type Environment, openForWriting } from "./environment.ts";
import { toJournalError } from "./journal-error.ts";
import { type Entry, JournalFile } from "./journal-file.ts";
import type { JournalRecord } from "./journal-record.ts";
import type { Keep } from "./keep.ts";

/** The beginning of one history that goes: the records before `cut`, a checkpoint takes the place of the last of them. */
export interface Cut {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  /** First sequence that stays as it is. */
  readonly cut: number;
}

/** Below the limit, so that it is not met again by the next record. */
const SIZE_TARGET = 0.9;
/** Records of one transaction: others that write wait for it (in the background, 50 ms). */
const CHUNK = 20_000;

/** What must go so that these limits hold. `now`: for the age. */
export function planCuts(file: JournalFile, keep: Keep, now: Tain): Cut[] {
  const histories = [...file.histories()];
  const total = histories.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const used = file.usedBytes;
  const fits = keep.size === undefined || used <= keep.size ? Number.POSITIVE_INFINITY : Math.floor((total * keep.size * SIZE_TARGET) / used);
  const most = Math.min(keep.records ?? Number.POSITIVE_INFINITY, levelFor(histories.map(({ first, last }) => last - first + 1), fits));
  return histories.flatMap(({ id, first, last }) => {
    const old = keep.age === undefined ? 0 : file.sequenceSince(id, before(now, keep.age));
    const cut = Math.min(last, Math.max(old, last + 1 - most)); // the newest record always stays
    return cut - first < 2 ? [] : [{ id, first, last, cut }];
  });
}

/** Nobody may keep more than this many, so that all together keep at most `fits`: who has much gives, who has little does not. */
function levelFor(counts: readonly number[], fits: number): number {
  let [left, waiting] = [fits, counts.length];
  for (const count of [...counts].sort((a, b) => a - b)) {
    if (count * waiting > left) return Math.max(1, Math.floor(left / waiting));
    left -= count;
    waiting--;
  }
  return Number.POSITIVE_INFINITY;
}

const before = (now: Tain, seconds: number): Tain => tainFromUnix(Math.max(0, Math.floor(tainToUnix(now) - seconds)), 0);

/**
 * Removes the beginning of a history. Whoever reads meanwhile, or finds the journal after this process was killed, sees a
 * whole history: every transaction writes the checkpoint that stands for what it removes.
 */
export async function applyCut(environment: Environment, { id, first, cut }: Cut): Promise<void> {
  const { facts, file } = environment;
  const checkpoint = new Checkpoint();
  let expected = first;
  let goes: number[] = [];
  const cutOff = async (): Promise<void> => {
    const at = goes.pop();
    const { record } = checkpoint;
    if (at === undefined || record === undefined) return;
    const bytes = encodeRecord(record);
    const removed = goes;
    goes = [at];
    await commit(environment, () => {
      void facts.put([id, at], bytes);
      for (const sequence of removed) void facts.remove([id, sequence]);
    });
  };
  for (let from = first; from < cut; from = expected) {
    const chunk = firstOf(file, id, from, cut);
    if (chunk.length === 0) break;
    for (const { key: [, sequence], value } of chunk) {
      if (sequence > expected) checkpoint.miss();
      const record = decoded(value);
      if (record === undefined) checkpoint.miss();
      else checkpoint.take(record);
      expected = sequence + 1;
      goes.push(sequence);
    }
    await cutOff();
  }
}

function firstOf(file: JournalFile, id: number, from: number, cut: number): Entry[] {
  const chunk: Entry[] = [];
  for (const entry of file.ascending("facts", [id, from])) {
    const [owner, sequence] = entry.key;
    if (owner !== id || sequence >= cut || chunk.length === CHUNK) break;
    chunk.push(entry);
  }
  return chunk;
}

function decoded(bytes: Uint8Array): JournalRecord | undefined {
  try {
    return decodeRecord(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export interface Pruned {
  readonly service: number;
  readonly removed: number;
  readonly kept: number;
}

export interface Pruning {
  readonly services: readonly Pruned[];
  /** Bytes of the pages in use, before and after. */
  readonly before: number;
  readonly after: number;
}

/** Holds the limits, while the tree runs or not. @throws JournalError: ENOENT no journal … */
export async function prune(dir: string, keep: Keep, now: Tain, isTrial: boolean): Promise<Pruning> {
  const file = JournalFile.open(dir);
  try {
    const before = file.usedBytes;
    const cuts = planCuts(file, keep, now);
    if (!isTrial && cuts.length > 0) await applyCuts(dir, cuts);
    const services = cuts.map(({ id, first, last, cut }) => ({ service: id, removed: cut - first, kept: last + 1 - cut }));
    return { services, before, after: file.usedBytes };
  } catch (error) {
    throw toJournalError(error, dir, "unable to prune");
  } finally {
    file.close();
  }
}

async function applyCuts(dir: string, cuts: readonly Cut[]): Promise<void> {
  const environment = await openForWriting(dir, {}, (action) => asOwner(dir, action));
  try {
    for (const cut of cuts) await applyCut(environment, cut);
  } finally {
    await environment.close();
  }
}
