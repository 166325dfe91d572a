import { expect, test } from "vitest";
import { exportHistory, nameInExport, readExport } from "../../src/store/export.ts";
import type { Damage, ReadRecord } from "../../src/store/journal-reader.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { crashes } from "./lived.ts";

const numbered = (count: number): (ReadRecord | Damage)[] => crashes(count).records.map((record, sequence) => ({ sequence, record }));
const exported = (history: Iterable<ReadRecord | Damage>): string => [...exportHistory("foo", history)].join("");

test("an exported history has a line that says what it is and one per record, and comes back as it was", () => {
  const history = numbered(3);
  const text = exported(history);
  expect(text.split("\n")).toHaveLength(history.length + 2);
  expect(text.split("\n")[0]).toBe('{"s6-actors-history":1,"service":"foo","schema":1}');
  expect(nameInExport(text)).toBe("foo");
  expect([...readExport(text)]).toEqual(history);
  expect(replayHistory(readExport(text))).toEqual({ type: "same", lives: 1, facts: history.length - 1, skipped: 0, holes: 0 });
});

test("what stands behind a hole or damage belongs to no life", () => {
  const [first, ...rest] = numbered(1);
  const hole: ReadRecord = { sequence: 1, record: { kind: "gap", at: "400000006b00000000000000" as never, from: "" as never, to: "" as never, dropped: 1 } };
  for (const missing of [hole, { sequence: 1, damage: "no record" }]) {
    const text = exported([first as ReadRecord, missing, ...rest]);
    expect(replayHistory(readExport(text))).toEqual({ type: "same", lives: 1, facts: 0, skipped: rest.length, holes: 1 });
  }
});

test("one without a first line is of the time before there was one", () => {
  const history = numbered(1);
  const text = exported(history).split("\n").slice(1).join("\n");
  expect(nameInExport(text)).toBeUndefined();
  expect([...readExport(text)]).toEqual(history);
});

test.each([
  ["{", "line 1 is not JSON"],
  ["\n{}\n", "line 2 is no record"],
  ['{"kind":"fact"}', "line 1 is no record of the kind fact"],
  ['{"kind":"start","at":"400000006b00000000000000","snapshot":{}}', "line 1 is no record of the kind start"],
  ['{"kind":"later"}', "line 1 is no record of the kind later"],
  ["[]", "line 1 is no record"],
  ['{"s6-actors-history":2,"schema":1}', "line 1 says format 2, this program knows 1"],
  ['{"s6-actors-history":1,"schema":99}\n{"kind":"gap","at":"400000006b00000000000000"}', "line 2: a record of version 99, this program knows 1"],
])("%o is refused: %s", (text, message) => {
  expect(() => [...readExport(text)]).toThrow(new SyntaxError(message));
});
