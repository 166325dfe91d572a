import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { decodeDeathTally, encodeDeathTally } from "../../src/formats/death-tally.ts";
import { decodeStatus, encodeStatus, isUp } from "../../src/formats/status.ts";
import { exitCode, termSignal } from "../../src/formats/wait-status.ts";
import type { JournalRecord } from "../../src/store/journal-record.ts";
import { JournalReader } from "../../src/store/journal-reader.ts";
import { rebuildTally } from "../../src/store/projections/death-tally.ts";
import { lastStatus } from "../../src/store/projections/status.ts";
import { replayHistory } from "../../src/store/replay.ts";
import { makeFifodir, subscribe } from "../../src/sys/fifodir.ts";
import { getegid } from "../../src/sys/process.ts";
import { C_BIN, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { KINDS, randomFrom, sequenceFor, type Step } from "./differential-model.ts";

const SEQUENCES = 200;
const COMMANDS = 6;
const SEED = Number(process.env["S6_ACTORS_SEED"] ?? 20261120);
const LIMIT_MS = 60_000;

/** One service in one tree: what its event/ has said, and what can be asked. */
class Subject {
  readonly dir: string;
  heard = "";
  #wake: (() => void) | undefined;

  constructor(dir: string) {
    this.dir = dir;
    makeFifodir(join(dir, "event"), getegid(), false);
    const subscription = subscribe(join(dir, "event"));
    const socket = new Socket({ fd: subscription.fd, readable: true, writable: false });
    socket.setEncoding("latin1").on("data", (letters: string) => {
      this.heard += letters;
      this.#wake?.();
    });
    onTestFinished(() => void socket.destroy());
  }

  /** After so many letters from the start. */
  async hears(count: number, what: string): Promise<void> {
    const timer = setTimeout(() => this.#wake?.(), LIMIT_MS);
    const limit = performance.now() + LIMIT_MS;
    while (this.heard.length < count) {
      if (performance.now() > limit) throw new Error(`${this.dir}: ${what}: heard only ${this.heard}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
  }

  send(letters: string): void {
    writeFileSync(join(this.dir, "supervise", "control"), letters);
  }

  read(name: string): Buffer {
    return readFileSync(join(this.dir, "supervise", name));
  }

  status(): object {
    const status = decodeStatus(this.read("status"));
    if (status === undefined) throw new Error("no status");
    const { pid, waitStatus, wantedUp, ready, paused, finishing } = status;
    const exit = [termSignal(waitStatus), termSignal(waitStatus) === 0 ? exitCode(waitStatus) : 0];
    // "not started yet" is pid 0 and paused since 2.13.2.
    return { isUp: isUp(status), isWantedUp: wantedUp, isPaused: paused && pid !== 0, ready, finishing, exit };
  }

  /** A command that brings no letter is done when the status says so. */
  async shows({ isUp, isWantedUp, isPaused }: Step, what: string): Promise<void> {
    await expect.poll(() => this.status(), { timeout: LIMIT_MS, interval: 10, message: `${this.dir}: ${what}` })
      .toMatchObject({ isUp, isWantedUp, isPaused });
  }

  tally(): object[] {
    return (decodeDeathTally(this.read("death_tally")) ?? []).map(({ exitCode: code, signal }) => ({ code, signal }));
  }
}

function start(command: string, ...args: string[]): { process: ChildProcess; ended: Promise<void> } {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(() => {
    child.kill("SIGTERM");
    return ended;
  });
  return { process: child, ended };
}

test(`${SEQUENCES} random sequences of commands do to our services what they do to C's (S6_ACTORS_SEED=${SEED})`, { timeout: 300_000 }, async () => {
  const [theirDir, ourDir] = [makeTempDirectory(), makeTempDirectory()];
  const names = Object.keys(KINDS);
  const cases = Array.from({ length: SEQUENCES }, (_, index) => {
    const name = names[index % names.length] ?? "plain";
    const kind = KINDS[name] ?? { files: {} };
    const folder = `${name}-${index}`;
    for (const dir of [theirDir, ourDir]) writeTree(join(dir, folder), kind.files);
    const steps = sequenceFor(kind, COMMANDS, randomFrom(SEED + index));
    return { folder, steps, theirs: new Subject(join(theirDir, folder)), ours: new Subject(join(ourDir, folder)) };
  });
  const theirTree = start(join(C_BIN, "s6-svscan"), "-c", "1000", theirDir);
  const ourTree = start(join(OUR_BIN, "s6-svscan"), "-C", "1000", ourDir);

  await Promise.all(cases.map(async ({ folder, steps, theirs, ours }) => {
    const done: string[] = [];
    for (const step of steps) {
      done.push(step.letters);
      const what = `${folder} after ${done.join(" ")} (S6_ACTORS_SEED=${SEED})`;
      for (const subject of [theirs, ours]) if (step.letters !== "") subject.send(step.letters);
      for (const subject of [theirs, ours]) {
        await subject.hears(step.heard, what);
        await subject.shows(step, what);
      }
      expect(ours.heard, what).toBe(theirs.heard);
      expect(ours.status(), what).toEqual(theirs.status());
      expect(ours.tally(), what).toEqual(theirs.tally());
    }
  }));

  for (const { process } of [theirTree, ourTree]) process.kill("SIGTERM");
  await Promise.all([theirTree.ended, ourTree.ended]);
  for (const { folder, theirs, ours } of cases) {
    await Promise.all([theirs, ours].map((subject) => subject.hears(theirs.heard.length, folder)));
    for (const subject of [theirs, ours]) await expect.poll(() => subject.heard.endsWith("x"), { timeout: LIMIT_MS }).toBe(true);
    expect(ours.heard, folder).toBe(theirs.heard);
    expect(ours.tally(), folder).toEqual(theirs.tally());
    await expectJournalAgrees(ours);
  }
});

/** The files are the fold of the journal, and the journal replays through the machine. */
async function expectJournalAgrees(subject: Subject): Promise<void> {
  const { reader, id } = JournalReader.openService(subject.dir);
  try {
    expect(replayHistory(reader.history(id)), subject.dir).toMatchObject({ type: "same" });
    const records: JournalRecord[] = [];
    for (const entry of reader.history(id)) {
      if (!("record" in entry)) throw new Error(`${subject.dir}: damage at ${JSON.stringify(entry)}`);
      records.push(entry.record);
    }
    const status = lastStatus(records);
    expect(status === undefined ? undefined : Buffer.from(encodeStatus(status)), subject.dir).toEqual(subject.read("status"));
    expect(Buffer.from(encodeDeathTally(rebuildTally(records, 100))), subject.dir).toEqual(subject.read("death_tally"));
  } finally {
    await reader.close();
  }
}
