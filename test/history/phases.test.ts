import { expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { LEGEND, type Span, spansOf, timeline } from "../../src/history/phases.ts";
import { stampOf } from "../../src/store/journal-record.ts";
import { crashes } from "../store/lived.ts";

test("the spans of a life follow each other without a hole, up to now", () => {
  const { records } = crashes(2);
  const now = tainFromUnix(1_800_000_000, 0);
  const spans = spansOf(records, now);
  expect(spans.map(({ phase }) => phase)).toEqual(
    ["down", "up", "ready", "down", "finish", "down", "up", "ready", "down", "finish", "down"],
  );
  for (const [index, span] of spans.entries()) expect(span.to).toBe(spans[index + 1]?.from ?? now);
  expect(spans[0]?.from).toBe(records[0] === undefined ? "" : stampOf(records[0]));
});

const at = (seconds: number) => tainFromUnix(1_700_000_000 + seconds, 0);
const span = (phase: Span["phase"], from: number, to: number): Span => ({ phase, from: at(from), to: at(to), state: "", pid: null });

test("a timeline has a row per service, the worst of what falls into a column, an axis and a legend", () => {
  const rows = new Map([
    ["web", [span("up", 0, 10), span("ready", 10, 49), span("down", 49, 50), span("ready", 50, 100)]],
    ["db", [span("ready", 50, 100)]],
  ]);
  const lines = timeline(rows, at(0), at(100), 25);
  expect(lines.slice(0, 2)).toEqual([`web  ${"▓▓███████·██████████"}`, `db   ${" ".repeat(10)}${"█".repeat(10)}`]);
  expect(lines.at(-1)).toContain(LEGEND);
  expect(lines).toHaveLength(4);
});
