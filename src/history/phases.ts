import { type Tain, tainSecondsBetween } from "../formats/tain.ts";
import { type JournalRecord, snapshotIn, stampOf } from "../store/journal-record.ts";
import { localTime } from "./words.ts";

/** What a service was, over time. */
export type Phase = "down" | "up" | "ready" | "finish" | "unknown";

export interface Span {
  readonly phase: Phase;
  readonly from: Tain;
  readonly to: Tain;
  /** As the machine calls it, the last one of the span. */
  readonly state: string;
  readonly pid: number | null;
}

/** Without holes, up to `now`. */
export function spansOf(records: Iterable<JournalRecord>, now: Tain): Span[] {
  const spans: Span[] = [];
  let open: Omit<Span, "to"> | undefined;
  for (const record of records) {
    const at = stampOf(record);
    const next = phaseAfter(record, open);
    if (open !== undefined && next.phase === open.phase && next.pid === open.pid) open = { ...open, state: next.state };
    else {
      if (open !== undefined) spans.push({ ...open, to: at });
      open = { ...next, from: at };
    }
  }
  if (open !== undefined) spans.push({ ...open, to: now });
  return spans;
}

function phaseAfter(record: JournalRecord, before: Omit<Span, "to"> | undefined): Omit<Span, "from" | "to"> {
  if (record.kind !== "fact") {
    const snapshot = snapshotIn(record);
    if (snapshot === null) return { phase: "unknown", state: "", pid: null };
    const { state, context } = snapshot;
    return { phase: phaseOf(state), state, pid: context.pid === 0 ? null : context.pid };
  }
  const status = record.effects.findLast((effect) => effect.type === "writeStatus")?.status;
  const pid = status === undefined ? (before?.pid ?? null) : status.pid === 0 ? null : status.pid;
  return { phase: phaseOf(record.state), state: record.state, pid };
}

function phaseOf(state: string): Phase {
  if (state === "up.ready") return "ready";
  if (state.startsWith("up")) return "up";
  if (state === "finish" || state.startsWith("clearing")) return "finish";
  return state === "gone" ? "unknown" : "down";
}

const BLOCKS: Readonly<Record<Phase, string>> = { ready: "█", up: "▓", finish: "▒", down: "·", unknown: " " };
export const LEGEND = "█ up and ready  ▓ up  ▒ finish  · down  (blank: not known)";

/** One row per service; where several phases fall into one column, the worst is shown. */
export function timeline(rows: ReadonlyMap<string, readonly Span[]>, from: Tain, to: Tain, width: number): string[] {
  const label = Math.min(24, Math.max(4, ...[...rows.keys()].map((name) => name.length)));
  const columns = Math.max(10, width - label - 1);
  const whole = Math.max(tainSecondsBetween(from, to), 1e-9);
  const lines = [...rows].map(([name, spans]) => {
    const cells: Phase[] = Array.from({ length: columns }, () => "unknown");
    const seen = new Set<number>();
    for (const span of spans) {
      const first = Math.floor((tainSecondsBetween(from, span.from) / whole) * columns);
      const last = Math.ceil((tainSecondsBetween(from, span.to) / whole) * columns) - 1;
      for (let cell = Math.max(0, first); cell <= Math.min(columns - 1, Math.max(first, last)); cell++) {
        if (!seen.has(cell) || RANK[span.phase] > RANK[cells[cell] ?? "unknown"]) cells[cell] = span.phase;
        seen.add(cell);
      }
    }
    return `${name.slice(0, label).padEnd(label)} ${cells.map((phase) => BLOCKS[phase]).join("")}`;
  });
  const [start, end] = [localTime(from), localTime(to)];
  const axis = start.length + end.length < columns ? start + end.padStart(columns - start.length) : start;
  return [...lines, `${" ".repeat(label)} ${axis}`, `${" ".repeat(label)} ${LEGEND}`];
}

const RANK: Readonly<Record<Phase, number>> = { unknown: 0, ready: 1, up: 2, finish: 3, down: 4 };
