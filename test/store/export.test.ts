import { expect, test } from "vitest";
import { replayFrom } from "../../src/machines/supervise/replay.ts";
import { exportHistory, parseExport } from "../../src/store/export.ts";
import { crashes } from "./lived.ts";

test("an exported history has a line per record, and comes back as the lives that it was", () => {
  const { records } = crashes(3);
  const text = exportHistory(records);
  expect(text.split("\n")).toHaveLength(records.length + 1);
  const [life, ...more] = parseExport(text);
  expect(more).toEqual([]);
  expect(life?.facts).toHaveLength(records.length - 1);
  expect(life?.snapshot === undefined ? "no life" : replayFrom(life.snapshot, life.facts)).toBeUndefined();
});

test("what stands behind a hole belongs to no life", () => {
  const { records } = crashes(1);
  const [first, ...rest] = exportHistory(records).trimEnd().split("\n");
  const holed = [first, JSON.stringify({ kind: "gap", at: "", from: "", to: "", dropped: 1 }), ...rest].join("\n");
  expect(parseExport(holed).map(({ snapshot, facts }) => [snapshot !== undefined, facts.length])).toEqual([[true, 0], [false, rest.length]]);
});

test.each([["{", "line 1 is not JSON"], ["\n{}\n", "line 2 is no record"], ['{"kind":"fact"}\n[]', "line 2 is no record"]])(
  "%o is refused: %s",
  (text, message) => {
    expect(() => parseExport(text)).toThrow(message);
  },
);
