import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { startJournalProcess, useJournalProcess } from "../store/journal-process.ts";

/** S6_ACTORS_JOURNAL_KILLS=2000 for a long night. */
const KILLS = Number(process.env["S6_ACTORS_JOURNAL_KILLS"] ?? 100);
const IDS = [0, 1, 2, 3] as const;
/** How long a life lasts after its first commit. */
const LIFE_MS = 40;
/** Some are killed before that: while lmdb is loaded, opens and reads where histories end. */
const BIRTH_MS = 150;

useJournalProcess();

const randomBelow = (limit: number): number => Math.random() * limit;

/** One writer until its kill: how many records of this life it called committed, by service. */
async function liveAndDie(dir: string, isEarly: boolean): Promise<ReadonlyMap<number, number>> {
  const mode = Math.random() < 0.5 ? "endless" : "endless-workers";
  const { child, lines, ended } = startJournalProcess(mode, dir, String(1 + Math.floor(randomBelow(50))));
  const killIn = (ms: number): unknown => setTimeout(() => child.kill("SIGKILL"), ms);
  if (isEarly) killIn(randomBelow(BIRTH_MS));
  const committed = new Map<number, number>();
  for await (const line of lines) {
    const [word, id, count] = line.split(" "); // also what was said between our kill and its death
    expect(word, line).toBe("committed");
    if (committed.size === 0 && !isEarly) killIn(randomBelow(LIFE_MS));
    committed.set(Number(id), Number(count));
  }
  expect(await ended).toMatchObject({ signal: "SIGKILL", stderr: "" });
  return committed;
}

/** What a life that begins at `from` has left: signals 0, 1, 2 … without a hole. Answers how many. */
function countNext(reader: JournalReader, id: number, from: number): number {
  let count = 0;
  for (const read of reader.history(id, { from })) {
    expect(read).toMatchObject({ sequence: from + count, record: { kind: "fact", fact: { signal: count } } });
    count++;
  }
  return count;
}

test(`${KILLS} times kill -9 of a process that writes: it opens, nothing acknowledged is lost, nothing is missing in between`, { timeout: 20_000 + 2000 * KILLS }, async () => {
  const base = mkdtempSync(join(tmpdir(), "journal-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const dir = join(base, "journal");
  const ends = new Map<number, number>(IDS.map((id) => [id, 0]));
  let acknowledged = 0;
  let unacknowledged = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const committed = await liveAndDie(dir, kill % 4 === 0);
    const reader = JournalReader.open(dir);
    for (const id of IDS) {
      const before = ends.get(id) ?? 0;
      const found = countNext(reader, id, before);
      const said = committed.get(id) ?? 0;
      expect(found, `service ${id} after ${kill} kills`).toBeGreaterThanOrEqual(said);
      ends.set(id, before + found);
      acknowledged += said;
      unacknowledged += found - said;
    }
    await reader.close();
  }

  const reader = JournalReader.open(dir);
  for (const id of IDS) {
    let expected = 0;
    for (const read of reader.history(id)) if (!("record" in read) || read.sequence !== expected++) expect(read).toBe(expected - 1);
    expect(expected).toBe(ends.get(id));
  }
  await reader.close();
  // Some kills came between a commit and its word, or nothing was hit.
  expect(acknowledged).toBeGreaterThan(KILLS);
  expect(unacknowledged).toBeGreaterThan(0);
});
