import type { Tain } from "../formats/tain.ts";
import { encodeRecord, encodeTreeEvent } from "./codec.ts";
import { commit, type Environment } from "./environment.ts";
import { type Collection, type RecordKey, TREE_ID } from "./journal-file.ts";
import { type JournalRecord, stampOf, type TreeEvent } from "./journal-record.ts";

/** The end of one history in the environment: where its next record goes, and what is missing before it. */
export interface History {
  /** Service id, or the scanner's own. */
  readonly owner: number | "tree";
  /** undefined until the first record after an opening looks it up. */
  next: number | undefined;
  lost: Lost | undefined;
}

export interface Lost {
  readonly from: Tain;
  to: Tain;
  dropped: number;
}

/** A record on its way. It keeps its sequence over failed commits, so that none leaves a hole. */
export interface Entry {
  readonly history: History;
  readonly record: JournalRecord | TreeEvent;
  sequence: number | undefined;
  bytes: Uint8Array | undefined;
}

export const stampOfEntry = ({ record }: Entry): Tain => (isRecord(record) ? stampOf(record) : record.at);

const isRecord = (record: JournalRecord | TreeEvent): record is JournalRecord => "kind" in record && !("type" in record);

/** Gives them their places and commits them as one transaction. Rejects with what lmdb rejects with; then none is written. */
export async function putAll(environment: Environment, entries: readonly Entry[]): Promise<void> {
  const puts = entries.map((entry) => {
    const { history, record } = entry;
    entry.bytes ??= isRecord(record) ? encodeRecord(record) : encodeTreeEvent(record);
    if (entry.sequence === undefined) {
      history.next ??= nextSequence(environment, history.owner);
      entry.sequence = history.next++;
    }
    const [name, id] = place(history.owner);
    return { database: environment[name], key: [id, entry.sequence] as RecordKey, bytes: entry.bytes };
  });
  await commit(environment, () => {
    for (const { database, key, bytes } of puts) void database.put(key, bytes);
  });
}

function nextSequence({ file }: Environment, owner: number | "tree"): number {
  const [, last = -1] = file.last(...place(owner)) ?? [];
  return last + 1;
}

const place = (owner: number | "tree"): readonly [Collection, number] => (owner === "tree" ? ["tree", TREE_ID] : ["facts", owner]);

export function lose(history: History, stamp: Tain): void {
  if (history.lost === undefined) history.lost = { from: stamp, to: stamp, dropped: 1 };
  else {
    history.lost.to = stamp;
    history.lost.dropped++;
  }
}

/** The record that stands for the lost ones, if there are any. */
export function takeGap(history: History): Entry[] {
  if (history.lost === undefined) return [];
  const { from, to, dropped } = history.lost;
  history.lost = undefined;
  const record = history.owner === "tree"
    ? { at: to, type: "gap", from, to, dropped }
    : { kind: "gap" as const, at: to, from, to, dropped };
  return [{ history, record, sequence: undefined, bytes: undefined }];
}
