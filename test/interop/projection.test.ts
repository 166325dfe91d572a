import { closeSync, constants, openSync, readFileSync, watch, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CONTROLS, type ControlLetter } from "../../src/formats/control.ts";
import { encodeDeathTally } from "../../src/formats/death-tally.ts";
import { encodeStatus } from "../../src/formats/status.ts";
import type { JournalRecord } from "../../src/store/journal-record.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { rebuildTally } from "../../src/store/projections/death-tally.ts";
import { lastStatus } from "../../src/store/projections/status.ts";
import { ours } from "../support/executables.ts";
import { KINDS, randomFrom } from "./differential-model.ts";
import { eventually, isSupervised, scan } from "./svscan-tree.ts";

/** supervise/status and supervise/death_tally are what the journal says, and never anything else. */

const SEED = Number(process.env["S6_ACTORS_SEED"] ?? 20261121);
const ROUNDS = 15;
const OF_EACH_KIND = 3;
const MAX_DEATHS = 5;
const FILES = ["status", "death_tally"] as const;
type File = (typeof FILES)[number];

/** For services that would never come to rest: no restart, no new life. */
const CALM: readonly ControlLetter[] = ["o", "d", "O"];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

class Subject {
  readonly name: string;
  readonly #dir: string;
  /** Every content that was seen, in order. */
  readonly seen: Record<File, string[]> = { status: [], death_tally: [] };

  constructor(dir: string, name: string) {
    this.name = name;
    this.#dir = dir;
    const watcher = watch(join(dir, "supervise"), (_, changed) => {
      for (const file of FILES) if (changed === file) this.look(file);
    });
    onTestFinished(() => watcher.close());
  }

  look(file: File): string {
    const content = hex(readFileSync(join(this.#dir, "supervise", file)));
    if (this.seen[file].at(-1) !== content) this.seen[file].push(content);
    return content;
  }

  /** Between two lives nobody hears it. */
  send(letter: string): void {
    let fd: number;
    try {
      fd = openSync(join(this.#dir, "supervise", "control"), constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      expect(error).toMatchObject({ code: "ENXIO" });
      return;
    }
    writeSync(fd, letter);
    closeSync(fd);
  }
}

/** What each file must hold after each record: first what was there before any. */
function project(records: readonly JournalRecord[]): Record<File, string[]> {
  const projected: Record<File, string[]> = { status: [""], death_tally: [""] };
  for (const [index, record] of records.entries()) {
    if (record.kind !== "fact" || record.effects.length === 0) continue;
    const upToNow = records.slice(0, index + 1);
    const status = lastStatus(upToNow);
    if (status !== undefined) projected.status.push(hex(encodeStatus(status)));
    projected.death_tally.push(hex(encodeDeathTally(rebuildTally(upToNow, MAX_DEATHS))));
  }
  return projected;
}

/** The first content that is no projection of the journal, or comes after one that is later. */
function firstStrange(seen: readonly string[], projected: readonly string[]): string | undefined {
  let from = 0;
  for (const content of seen) {
    const at = projected.indexOf(content, from);
    if (at < 0) return `${content}, after ${projected[from]}`;
    from = at;
  }
  return undefined;
}

test(`${ROUNDS} rounds of random commands: at rest the files are what the journal says, and in between what it said (S6_ACTORS_SEED=${SEED})`, { timeout: 120_000 }, async () => {
  const kinds = Object.entries(KINDS).flatMap(([name, kind]) =>
    Array.from({ length: OF_EACH_KIND }, (_, index) => ({ name: `${name}-${index}`, kind })));
  const files = kinds.flatMap(({ name, kind }) => Object.entries({ ...kind.files, "max-death-tally": `${MAX_DEATHS}\n` })
    .map(([file, content]) => [`${name}/${file}`, content] as const));
  const tree = await scan(Object.fromEntries(files));
  await eventually(() => kinds.every(({ name }) => isSupervised(tree.path(name)))).toBe(true);
  const subjects = kinds.map(({ name, kind }) => ({ kind, subject: new Subject(tree.path(name), name) }));
  const journal = tree.path(".s6-svscan", "journal");
  await eventually(() => ours("s6-svhistory", "-n", "1", tree.scandir).exitCode).toBe(0);

  const reader = JournalReader.open(journal);
  onTestFinished(() => reader.close());
  const idOf = new Map(reader.services().map(({ name, id }) => [name, id]));
  const recordsOf = (name: string): JournalRecord[] => [...reader.records(idOf.get(name) ?? -1)];
  const unlike = (): string[] => subjects.flatMap(({ subject }) => {
    const projected = project(recordsOf(subject.name));
    return FILES.filter((file) => subject.look(file) !== projected[file].at(-1)).map((file) => `${subject.name}/${file}`);
  });

  const random = randomFrom(SEED);
  const letters = Object.keys(CONTROLS) as ControlLetter[];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { kind, subject } of subjects) {
      const choice = kind.isShort === true ? CALM : letters;
      for (let count = random() * 3; count > 0; count--) subject.send(choice[Math.floor(random() * choice.length)] ?? "u");
    }
    await eventually(unlike).toEqual([]);
    await eventually(() => ours("s6-svhistory", "--verify", tree.scandir)).toMatchObject({ exitCode: 0, stdout: "" });
  }

  tree.control("t");
  await tree.ended;
  expect(unlike()).toEqual([]);
  let contents = 0;
  for (const { subject } of subjects) {
    const projected = project(recordsOf(subject.name));
    for (const file of FILES) {
      expect(firstStrange(subject.seen[file], projected[file]), `${subject.name}/${file}`).toBeUndefined();
      contents += subject.seen[file].length;
    }
  }
  expect(contents).toBeGreaterThan(ROUNDS * subjects.length);
});
