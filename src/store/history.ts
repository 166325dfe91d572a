import type { Tain } from "../formats/tain.ts";
import { encodeRecord, encodeTreeEvent } from "./codec.ts";
import { type Environment, lastKey } from "./environment.ts";
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

/** Gives it its place and hands it to lmdb, which answers when it is committed. @throws what lmdb throws. */
export function put(environment: Environment, entry: Entry): Promise<boolean> {
  const { history, record } = entry;
  entry.bytes ??= isRecord(record) ? encodeRecord(record) : encodeTreeEvent(record);
  if (entry.sequence === undefined) {
    history.next ??= nextSequence(environment, history.owner);
    entry.sequence = history.next++;
  }
  return history.owner === "tree"
    ? environment.tree.put([entry.sequence], entry.bytes)
    : environment.facts.put([history.owner, entry.sequence], entry.bytes);
}

function nextSequence(environment: Environment, owner: number | "tree"): number {
  const key = owner === "tree" ? lastKey(environment.tree, []) : lastKey(environment.facts, [owner]);
  return (key?.at(-1) ?? -1) + 1;
}

export function lose(history: History, stamp: Tain): void {
  if (history.lost === undefined) history.lost = { from: stamp, to: stamp, dropped: 1 };
  else {
    history.lost.to = stamp;
    history.lost.dropped++;
  }
}

/** The record that stands for the lost ones. */
export function gapEntry(history: History, lost: Lost): Entry {
  const { from, to, dropped } = lost;
  const record = history.owner === "tree"
    ? { at: to, type: "gap", from, to, dropped }
    : { kind: "gap" as const, at: to, from, to, dropped };
  return { history, record, sequence: undefined, bytes: undefined };
}
