import { existsSync, readFileSync, statSync } from "node:fs";
import { tainFromUnix } from "../formats/tain.ts";
import type { Divergence, LivedFact } from "../machines/supervise/replay.ts";
import { replayFrom } from "../machines/supervise/replay.ts";
import { restore } from "../machines/supervise/step.ts";
import { exportHistory, parseExport } from "../store/export.ts";
import type { JournalReader } from "../store/journal-reader.ts";
import { type JournalRecord, stampOf } from "../store/journal-record.ts";
import { replayHistory } from "../store/replay.ts";
import { ExitError, UsageError } from "./failures.ts";
import { historiesOf } from "./histories.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

interface Verdict {
  readonly name: string;
  readonly lives: number;
  readonly facts: number;
  /** Behind a hole, up to the next life: nobody knows from which state. */
  readonly skipped: number;
  readonly divergence: Divergence | undefined;
}

export const s6replay: Program = {
  name: "s6-replay",
  synopsis: "s6-replay [ --json | --export ] history...",
  help: `Lives recorded histories again with the machine of this version, and tells the first decision that comes out
otherwise. A history is a service directory, a scan directory, a journal, or a file that --export wrote.

  --json    one JSON object per history
  --export  write the history of one service to stdout instead: one record a line, as JSON

Exit codes: 0 everything agrees, 1 something differs, 100 wrong usage, 111 system error or no journal.`,
  main({ args, stdout }) {
    const { options, operands } = parseOptions(args, "", ["json", "export"]);
    if (operands.length === 0) throw new UsageError();
    if (options.some(({ name }) => name === "export")) {
      const [history, ...more] = historiesOf(operands);
      if (history === undefined || more.length > 0) throw new ExitError(100, "--export takes the directory of one service");
      stdout(exportHistory(withHoles(history.reader, history.id)));
      return 0;
    }
    const verdicts = operands.flatMap((operand) => (isFile(operand) ? [ofFile(operand)] : ofJournal(operand)));
    const isJson = options.some(({ name }) => name === "json");
    stdout(verdicts.map((verdict) => `${isJson ? JSON.stringify(verdict) : describe(verdict)}\n`).join(""));
    return verdicts.every(({ divergence }) => divergence === undefined) ? 0 : 1;
  },
};

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

function ofJournal(operand: string): Verdict[] {
  return historiesOf([operand]).map(({ name, reader, id }) => {
    const result = replayed(name, reader, id);
    if (result.type === "same") return { name, ...result, divergence: undefined };
    return { name, lives: 0, facts: result.divergence.index, skipped: 0, divergence: result.divergence };
  });
}

/** A life that begins in a state which the machine of today does not have can't be lived. */
function replayed(name: string, reader: JournalReader, id: number): ReturnType<typeof replayHistory> {
  try {
    return replayHistory(reader, id);
  } catch (error) {
    if (error instanceof TypeError) throw new ExitError(111, `unable to replay ${name}: ${error.message}`);
    throw error;
  }
}

/** What is missing or damaged stands as a gap, so that nobody takes what follows for its continuation. */
function* withHoles(reader: JournalReader, id: number): Generator<JournalRecord> {
  let at = tainFromUnix(0, 0);
  for (const read of reader.history(id)) {
    if ("record" in read) {
      at = stampOf(read.record);
      yield read.record;
    } else yield { kind: "gap", at, from: at, to: at, dropped: 1 };
  }
}

function ofFile(path: string): Verdict {
  let [lives, facts, skipped] = [0, 0, 0];
  try {
    for (const life of parseExport(readFileSync(path, "utf8"))) {
      if (life.snapshot === undefined) {
        skipped += life.facts.length;
        continue;
      }
      lives++;
      const divergence = replayFrom(restore(life.snapshot), life.facts);
      if (divergence !== undefined) return { name: path, lives, facts: facts + divergence.index, skipped, divergence };
      facts += life.facts.length;
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new ExitError(111, `unable to read ${path}: ${error.message}`);
    throw error;
  }
  return { name: path, lives, facts, skipped, divergence: undefined };
}

function describe({ name, lives, facts, skipped, divergence }: Verdict): string {
  if (divergence === undefined) {
    return `${name}: ${facts} facts of ${lives} lives agree${skipped > 0 ? `, ${skipped} behind a hole were skipped` : ""}`;
  }
  const { fact, expected, actual } = divergence;
  const say = ({ state, effects }: Omit<LivedFact, "fact">): string =>
    [state, ...effects.map((effect) => `      ${JSON.stringify(effect)}`)].join("\n");
  return [
    `${name}: differs after ${facts} facts that agree`,
    `  fact      ${JSON.stringify(fact)}`,
    `  recorded  ${say(expected)}`,
    `  now       ${"refused" in actual ? `refused: ${actual.refused}` : say(actual)}`,
  ].join("\n");
}
