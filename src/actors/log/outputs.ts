import { renameSync, writeFileSync } from "node:fs";
import type { Tain } from "../../formats/tain.ts";
import type { LineVisitor } from "../../machines/log/cutter.ts";
import { type Action, type Script, selectLines } from "../../machines/log/script.ts";
import { now } from "../../sys/clock.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd, writeFd } from "../../sys/files.ts";
import { pollWritable } from "../../sys/poller.ts";
import type { LineRegex } from "../../sys/regex.ts";
import { LineBatch } from "./line-batch.ts";
import type { Logdir } from "./logdir.ts";
import { RecordBuffer } from "./record-buffer.ts";
import { decorationAt } from "./stamps.ts";

const STDOUT = 1;
const STDERR = 2;
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** Where the lines of a script go. */
export class Outputs {
  readonly logdirs: readonly Logdir[];
  readonly #script: Script<LineRegex>;
  readonly #verbosity: number;
  readonly #logdirOf = new Map<Action, Logdir>();
  readonly #decorations = new Map<Action, Uint8Array>();
  readonly #stdout = new RecordBuffer();
  readonly #visitor: LineVisitor;
  readonly #lines = new LineBatch();
  readonly #hasSelectors: boolean;
  #isStdoutOpen = true;
  #at = "" as Tain;

  constructor(script: Script<LineRegex>, verbosity: number, open: (action: Extract<Action, { type: "logdir" }>) => Logdir) {
    this.#script = script;
    this.#verbosity = verbosity;
    for (const action of script.stanzas.flatMap(({ actions }) => actions)) {
      if (action.type === "logdir") this.#logdirOf.set(action, open(action));
    }
    this.logdirs = [...this.#logdirOf.values()];
    const plain = plainActions(script);
    this.#visitor = {
      line: (bytes, from, to) => this.#lines.add(bytes, from, to),
      block: plain === undefined ? undefined : (bytes, from, to) => {
        this.#perform(); // what came before goes before
        for (const action of plain) this.#bufferOf(action)?.addBlock(bytes, from, to);
      },
    };
    this.#hasSelectors = script.stanzas.some(({ selectors }) => selectors.length > 0);
  }

  get isStdoutOpen(): boolean {
    return this.#isStdoutOpen;
  }

  get isStdoutBusy(): boolean {
    return this.#stdout.length > 0;
  }

  /** Something waits to be written. */
  get isBusy(): boolean {
    return this.isStdoutBusy || this.logdirs.some((logdir) => logdir.pending.length > 0);
  }

  /** All lines of one read share a reading of the clock. */
  take(cut: (visitor: LineVisitor) => void): void {
    this.#at = now().at;
    this.#decorations.clear();
    cut(this.#visitor);
    this.#perform();
  }

  /** True when stdout must be waited for. One that is broken is closed, for good. */
  flushStdout(): boolean {
    try {
      while (this.#stdout.length > 0) if (this.#stdout.write(STDOUT) === "again") return true;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.warn(`unable to write to stdout, closing the stream - error was: ${error.reason}`);
      this.#isStdoutOpen = false;
      this.#stdout.clear();
      closeFd(STDOUT);
    }
    return false;
  }

  warn(text: string): void {
    if (this.#verbosity > 0) complain(Buffer.from(`s6-log: warning: ${text}\n`));
  }

  #bufferOf(action: Action): RecordBuffer | undefined {
    if (action.type === "stdout") return this.#isStdoutOpen ? this.#stdout : undefined;
    return this.#logdirOf.get(action)?.pending;
  }

  /** Line by line, and for each line stanza by stanza: so the order is kept in which people read alerts. */
  #perform(): void {
    const lines = this.#lines;
    const { stanzas } = this.#script;
    const chosen = this.#hasSelectors ? selectLines(stanzas, lines.count, (pattern, selected, value) => lines.select(pattern, selected, value)) : undefined;
    for (let line = 0; line < lines.count; line++) {
      const [bytes, from, to] = lines.at(line);
      for (let index = 0; index < stanzas.length; index++) {
        if (chosen !== undefined && chosen[index]?.[line] !== 1) continue;
        for (const action of stanzas[index]?.actions ?? []) this.#act(action, bytes, from, to);
      }
    }
    lines.clear();
  }

  #act(action: Action, bytes: Buffer, from: number, to: number): void {
    switch (action.type) {
      case "stdout":
      case "logdir":
        this.#bufferOf(action)?.add(this.#decorationOf(action), bytes, from, to);
        return;
      case "stderr":
        alert(this.#decorationOf(action), bytes.subarray(from, to), action.shownBytes);
        return;
      case "status":
        this.#writeStatus(action, bytes.subarray(from, to));
    }
  }

  #decorationOf(action: Action): Uint8Array {
    if (!action.tai64n && !action.iso && action.prefix === "") return NOTHING;
    let decoration = this.#decorations.get(action);
    if (decoration === undefined) {
      decoration = decorationAt(this.#at, action);
      this.#decorations.set(action, decoration);
    }
    return decoration;
  }

  #writeStatus({ path, padTo, ...action }: Extract<Action, { type: "status" }>, line: Uint8Array): void {
    const record = Buffer.concat([decorationAt(this.#at, action), line, Buffer.from("\n")]);
    const content = padTo === 0 ? record : Buffer.alloc(padTo, NEWLINE);
    if (padTo > 0) record.copy(content);
    try {
      writeFileSync(`${path}.new`, content);
      renameSync(`${path}.new`, path);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "EIO";
      this.warn(`unable to write status file ${path}: ${new SystemError("write", path, code).reason}`);
    }
  }
}

/** All actions, where each gets every line as it is: then nobody needs to know where lines begin. */
function plainActions({ stanzas }: Script<LineRegex>): readonly Action[] | undefined {
  const [only, ...more] = stanzas;
  if (only === undefined || more.length > 0 || only.selectors.length > 0) return undefined;
  const isPlain = ({ type, tai64n, iso, prefix }: Action): boolean => (type === "stdout" || type === "logdir") && !tai64n && !iso && prefix === "";
  return only.actions.every(isPlain) ? only.actions : undefined;
}

function alert(decoration: Uint8Array, line: Uint8Array, shown: number): void {
  const isCut = shown > 0 && line.length > shown + 3;
  const text = isCut ? Buffer.concat([line.subarray(0, shown), Buffer.from("...")]) : line;
  complain(Buffer.concat([Buffer.from("s6-log: alert: "), decoration, text, Buffer.from("\n")]));
}

/** Nobody is left to be told when that fails. */
function complain(bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0; ) {
      const count = writeFd(STDERR, rest);
      if (count === "again") pollWritable(STDERR); // an alert is not lost because somebody reads slowly
      else rest = rest.subarray(count);
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
