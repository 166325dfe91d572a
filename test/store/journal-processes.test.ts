import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openForWriting } from "../../src/store/environment.ts";
import { JournalReader, type ReadRecord } from "../../src/store/journal-reader.ts";
import { OpeningTurn } from "../../src/store/opening-turn.ts";
import { startJournalProcess, useJournalProcess } from "./journal-process.ts";

useJournalProcess();

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "journal-")), "journal");
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

/** Signals of a history that holds nothing else, in order; fails on damage. */
function signals(reader: JournalReader, id: number): number[] {
  return [...reader.history(id)].map((read) => {
    if (!("record" in read) || read.record.kind !== "fact" || read.record.fact.type !== "control.signal") {
      throw new Error(`unexpected record: ${JSON.stringify(read)}`);
    }
    return read.record.fact.signal;
  });
}

const committed = (line: string): { id: number; count: number } => {
  const [word, id, count] = line.split(" ");
  if (word !== "committed") throw new Error(line);
  return { id: Number(id), count: Number(count) };
};

describe("a journal that several threads write", () => {
  test("shows every record to another process as soon as it is committed", async () => {
    const perService = 5000;
    const { child, lines, ended } = startJournalProcess("workers", dir, String(perService));
    let reader: JournalReader | undefined;
    let looked = 0;
    for await (const line of lines) {
      if (line === "done") break;
      const { id, count } = committed(line);
      reader ??= JournalReader.open(dir);
      expect(reader.last(id)?.sequence).toBeGreaterThanOrEqual(count - 1);
      looked++;
    }
    child.stdin?.end();
    expect(await ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(looked).toBe(4 * 10);
    if (reader === undefined) throw new Error("nothing was committed");
    const all = Array.from({ length: perService }, (_, index) => index);
    for (const id of [0, 1, 2, 3]) expect(signals(reader, id)).toEqual(all);
    expect([...reader.tree()].map((read) => (read as ReadRecord<{ type: string }>).record.type)).toEqual(["tree.started"]);
    await reader.close();
  });

  // lmdb itself aborts the process, now and then, when a thread is ended inside one of its native calls: tried again.
  test("survives the end of a worker in the middle of writing, and the next one goes on without a hole", { retry: 3 }, async () => {
    const { child, lines, ended } = startJournalProcess("terminate", dir, "30");
    const counts = new Map<number, number>();
    let last = "";
    for await (const line of lines) {
      last = line;
      if (line === "done") break;
      const { id } = committed(line);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    child.stdin?.end();
    expect(last).toBe("done");
    expect(await ended).toEqual({ code: 0, signal: null, stderr: "" });
    const reader = JournalReader.open(dir);
    for (const id of [1, 2]) {
      const records = [...reader.history(id)];
      expect(records.filter((read) => "damage" in read)).toEqual([]);
      expect(records.length).toBeGreaterThanOrEqual(counts.get(id) ?? 0);
    }
    await reader.close();
  });
});

describe("while a journal is written", () => {
  /** Does something beside a writer until its time is over; answers how many records that had committed. */
  async function beside(action: () => Promise<void>, times: number): Promise<number> {
    const { child, lines, ended } = startJournalProcess("endless", dir, "500");
    let [done, count] = [0, 0];
    for await (const line of lines) {
      ({ count } = committed(line)); // a warning is none
      for (let begun = 0; begun < 10 && done < times; begun++, done++) await action();
      if (done === times) child.kill("SIGKILL");
    }
    expect((await ended).signal).toBe("SIGKILL");
    return count;
  }

  /** All that was committed, without a hole. */
  async function expectAll(count: number): Promise<void> {
    const reader = JournalReader.open(dir);
    const found = signals(reader, 0);
    expect(found.length).toBeGreaterThanOrEqual(count);
    expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index));
    await reader.close();
  }

  test("it can be read a thousand times: a file that grows is not taken for a truncated one, and no commit is lost", async () => {
    await expectAll(await beside(() => JournalReader.open(dir).close(), 1000));
  });

  test("another process opens it for writing, and no commit is lost", async () => {
    const open = async (): Promise<void> => (await openForWriting(dir)).close();
    await expectAll(await beside(open, 200));
  });

  test("a history that is read to its end has no hole", async () => {
    const read = async (): Promise<void> => {
      const reader = JournalReader.open(dir);
      const last = reader.last(0)?.sequence ?? -1;
      const found = signals(reader, 0);
      expect(found.length).toBeGreaterThan(last);
      expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index));
      expect(reader.newest(0, 3)).toHaveLength(3);
      await reader.close();
    };
    await expectAll(await beside(read, 20));
  });
});

describe("turns", () => {
  test("twelve threads open and commit at once, while another process opens it again and again", async () => {
    const { child, lines, ended } = startJournalProcess("crowd", dir, "12");
    let [said, opened] = [0, 0];
    for await (const line of lines) {
      if (line === "done") break;
      committed(line);
      said++;
      if (said % 50 === 0) {
        await (await openForWriting(dir)).close();
        opened++;
      }
    }
    child.stdin?.end();
    expect(await ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(said).toBe(12 * 300);
    expect(opened).toBe(72);
    const reader = JournalReader.open(dir);
    for (let id = 0; id < 12; id++) expect(signals(reader, id)).toHaveLength(300);
    await reader.close();
  });

  test.each([
    ["a thread that dies", "thread", 0],
    ["a process that exits", "process", 7],
  ])("%s while it waits for its turn takes nothing with it, and waits for nobody", async (_what, which, code) => {
    const { child, lines, ended } = startJournalProcess("end-waiting", dir, which);
    let fd = -1;
    for await (const line of lines) {
      if (line === "open") {
        fd = openSync(join(dir, "data.mdb"), "r+");
        await new OpeningTurn(fd).open();
        child.stdin?.write("now\n");
      } else {
        expect(line).toBe("done"); // the thread is dead, the process goes on
        closeSync(fd);
        fd = -1;
        await (await openForWriting(dir)).close(); // the dead one has no turn, and gets none
        child.stdin?.end();
      }
    }
    const { code: exitCode, signal, stderr } = await ended;
    expect({ exitCode, signal, stderr }).toEqual({ exitCode: code, signal: null, stderr: "" });
    if (fd >= 0) closeSync(fd);
  });
});

test.each([0, 1, 2, 3, 5, 8, 13, 20, 40])("a journal is opened with %d descriptors left: a warning, or no trouble, and nothing is lost", async (left) => {
  const { child, lines, ended } = startJournalProcess("few-descriptors", dir, String(left));
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line === "done") break;
  }
  child.stdin?.end();
  expect(await ended).toEqual({ code: 0, signal: null, stderr: "" });
  const warnings = said.filter((line) => line.startsWith("warning"));
  expect(warnings.every((line) => /EMFILE|too many open files|works again/i.test(line)), said.join("\n")).toBe(true);
  expect(warnings.length > 0).toBe(left < 20);
  const reader = JournalReader.open(dir);
  expect(signals(reader, 0)).toEqual([0]);
  await reader.close();
});

describe("kill -9 of the writer", () => {
  test("loses no record that was committed, and the next writer goes on behind them", async () => {
    let before = 0;
    for (let round = 0; round < 8; round++) {
      const { child, lines, ended } = startJournalProcess("endless", dir, String(1 + round * 37));
      let acknowledged = 0;
      let seen = 0;
      for await (const line of lines) {
        acknowledged = committed(line).count; // also what was said between our kill and its death
        if (++seen === 5 + round) child.kill("SIGKILL");
      }
      expect((await ended).signal).toBe("SIGKILL");
      const reader = JournalReader.open(dir);
      const found = signals(reader, 0).slice(before);
      await reader.close();
      expect(found.length).toBeGreaterThanOrEqual(acknowledged);
      expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index));
      before += found.length;
    }
  });
});
